import type { ChangeCost } from './running-cluster.js';

/** The same change in a small and in a large cluster. */
export interface CostComparison {
  readonly small: ChangeCost;
  readonly large: ChangeCost;
  readonly equal: boolean;
  /** Tables that computed different numbers of rows, where that is so. */
  readonly differences?: Readonly<Record<string, readonly [small: number, large: number]>>;
}

/** What one bench found. */
export interface BenchReport {
  readonly bench: string;
  /** What is measured, in a sentence. */
  readonly about: string;
  /** Measured values; the unit ends the name. */
  readonly figures: Readonly<Record<string, number>>;
  /** What a figure may be at most. */
  readonly limits: Readonly<Record<string, number>>;
  /** Each limited figure through its limit: met where it is at most 1. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly counts?: Readonly<Record<string, CostComparison>>;
  /** Every figure is within its limit. Timings depend on the machine and on what else runs. */
  readonly withinLimits: boolean;
  /** Every count is the same in the small and in the large cluster. */
  readonly countsEqual?: boolean;
}

interface Findings {
  readonly bench: string;
  readonly about: string;
  readonly figures: Readonly<Record<string, number>>;
  readonly limits?: Readonly<Record<string, number>>;
  readonly counts?: Readonly<Record<string, CostComparison>>;
}

/** Compares figures with their limits. */
export function reportOf({ bench, about, figures, limits = {}, counts }: Findings): BenchReport {
  const ratios = Object.fromEntries(Object.entries(limits).map(([name, limit]) => [name, rounded((figures[name] ?? Number.NaN) / limit)]));
  return {
    bench,
    about,
    figures: Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value)])),
    limits,
    ratios,
    ...(counts && { counts }),
    withinLimits: Object.entries(limits).every(([name, limit]) => (figures[name] ?? Number.NaN) <= limit),
    ...(counts && { countsEqual: Object.values(counts).every(({ equal }) => equal) }),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

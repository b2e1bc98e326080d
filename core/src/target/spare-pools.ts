import { baseDefaults } from '../haproxy/compile/defaults.js';
import { sparePrefix } from '../haproxy/reserved-names.js';
import type { OwnedDirective, SectionRow } from '../haproxy/rows.js';

/** So many stand ready while nothing comes; each costs a worker some 10 KB, and a line on the page of statistics. */
export const fewSpares = 16;
/** After all were taken, so many times as many. */
const growth = 10;
const most = 1_600;
/** More would cost each request that comes through a spare too much. */
const mostRuleSets = 8;

/**
 * Backends without servers that stand ready for pools to come, because HAProxy makes none while it runs. They are like the most plain
 * pools of now; the rule sets that most pools have are in them.
 * @returns the sections, for the next reload.
 */
export function spareSections(sections: Iterable<SectionRow>, count: number): readonly SectionRow[] {
  const directives = commonDirectives([...sections].filter(isPlain));
  return Array.from({ length: count }, (_, at) => ({
    type: 'section',
    kind: 'backend',
    name: `${sparePrefix}${at + 1}`,
    from: baseDefaults,
    directives,
  }));
}

/** How many spares there are to be after all of them were taken. */
export function moreSpares(count: number): number {
  return Math.min(most, count * growth);
}

/** A pool, which is somebody's, that names nothing which stands elsewhere and could go before the next reload. */
function isPlain({ kind, from, directives, origin }: SectionRow): boolean {
  if (kind !== 'backend' || origin === undefined) return false;
  return from === baseDefaults && directives.every((each) => each.ruleSet !== undefined || namesNothing(each));
}

function namesNothing({ directive }: OwnedDirective): boolean {
  return directive.secret !== true && directive.words.every((word) => !word.includes('/'));
}

function commonDirectives(pools: readonly SectionRow[]): readonly OwnedDirective[] {
  const own = mostFrequent(pools.map(({ directives }) => directives.filter(({ ruleSet }) => ruleSet === undefined)));
  const isRaw = ({ directive }: OwnedDirective): boolean => directive.raw === true;
  // As in pools: raw lines stand behind the rules.
  return [...own.filter((each) => !isRaw(each)), ...commonRules(pools), ...own.filter(isRaw)].map(({ directive, ruleSet }) => ({
    directive,
    ...(ruleSet && { ruleSet }),
  }));
}

function mostFrequent(all: readonly (readonly OwnedDirective[])[]): readonly OwnedDirective[] {
  const groups = [...Map.groupBy(all, (own) => JSON.stringify(own.map(({ directive }) => directive.words))).entries()];
  groups.sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
  return groups[0]?.[1][0] ?? [];
}

/** The rules of the sets that most pools have; of those with equally many, the ones that came last. In the order of their ids, as in pools. */
function commonRules(pools: readonly SectionRow[]): readonly OwnedDirective[] {
  const counted = new Map<string, { pools: number; readonly rules: readonly OwnedDirective[] }>();
  for (const { directives } of pools) {
    const sets = Map.groupBy(directives, ({ ruleSet }) => (ruleSet?.isAlone === true ? ruleSet.id : undefined));
    for (const [id, rules] of sets) {
      if (id === undefined || rules.some(({ directive }) => directive.secret === true)) continue;
      const known = counted.get(id);
      if (known === undefined) counted.set(id, { pools: 1, rules });
      else known.pools += 1;
    }
  }
  return [...counted]
    .reverse()
    .sort(([, one], [, other]) => other.pools - one.pools)
    .slice(0, mostRuleSets)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { rules }]) => rules);
}

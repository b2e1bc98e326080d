import {
  balanceChanged,
  certificateRenewed,
  type Change,
  endpointChanged,
  headerChanged,
  headerOfAllChanged,
  ingressAdded,
} from './changes.js';
import { compareCosts } from './compare-costs.js';
import { summarize } from './durations.js';
import { defaultPlugins } from './plugins.js';
import { type BenchReport, reportOf } from './report.js';
import { RunningCluster } from './running-cluster.js';
import { manySlices, oneHost, oneSecret, oneService, plain } from './shapes.js';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** The changes of which clusters see most. */
const smallChanges: Readonly<Record<string, Change>> = { endpointChanged, ingressAdded, headerChanged };

/** First build, and the time from a change to its plan. */
export async function coreAlone(size: number, turns: number): Promise<BenchReport> {
  const running = new RunningCluster(plain(size), defaultPlugins());
  const objects = [...running.cluster.objects()];
  const startedAt = performance.now();
  await running.build(objects);
  const firstBuildMs = performance.now() - startedAt;
  const rssMb = process.memoryUsage().rss / 2 ** 20;
  const figures: Record<string, number> = { firstBuildMs, rssMb, rows: running.appliedRows };
  const limits: Record<string, number> = { firstBuildMs: 3000, rssMb: 350 };
  for (const [name, change] of Object.entries(smallChanges)) {
    const { p50Ms, p99Ms } = summarize(await timesOf(running, change, turns));
    Object.assign(figures, { [`${name}P50Ms`]: p50Ms, [`${name}P99Ms`]: p99Ms });
    Object.assign(limits, { [`${name}P50Ms`]: 2, [`${name}P99Ms`]: 10 });
  }
  return reportOf({
    bench: 'core-alone',
    about: `${size} Ingresses of three paths, as many Services, ten endpoints each: first build, and from a change to its plan.`,
    figures,
    limits,
  });
}

async function timesOf(running: RunningCluster, change: Change, turns: number): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const startedAt = performance.now();
    change(running, turn);
    await running.settle();
    times.push(performance.now() - startedAt);
  }
  return times;
}

/** Whether a change costs the same in a cluster of a hundred Ingresses and in a large one, of every shape. */
export async function counts(size: number): Promise<BenchReport[]> {
  const shapes = [
    ['plain', plain, size, smallChanges],
    ['one-host', oneHost, size, smallChanges],
    ['one-service', oneService, size / 2, smallChanges],
    ['one-secret', oneSecret, size, { ...smallChanges, certificateRenewed }],
    ['many-slices', manySlices, size / 10, smallChanges],
  ] as const;
  const reports: BenchReport[] = [];
  for (const [name, shape, large, changes] of shapes) {
    const compared = await compareCosts(await shape(100), await shape(large), changes);
    reports.push(
      reportOf({
        bench: `counts-${name}`,
        about: `What a change costs, in a cluster of 100 and of ${large}.`,
        figures: { size: large },
        counts: compared,
      }),
    );
  }
  return reports;
}

/** A change of the ConfigMap that touches everything. */
export async function changeOfAll(size: number): Promise<BenchReport> {
  const running = new RunningCluster(plain(size), defaultPlugins());
  await running.build();
  const figures: Record<string, number> = {};
  const limits: Record<string, number> = {};
  for (const [name, change] of Object.entries({ balanceChanged, headerOfAllChanged })) {
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const [ms = 0] = await timesOf(running, change, 1);
    // What was late is seen when the loop turns again.
    await sleep(50);
    delay.disable();
    Object.assign(figures, { [`${name}Ms`]: ms, [`${name}StallMs`]: delay.max / 1e6 });
    Object.assign(limits, { [`${name}Ms`]: 1000, [`${name}StallMs`]: 100 });
  }
  return reportOf({
    bench: 'change-of-all',
    about: `A ConfigMap change that touches ${size} Ingresses, and the longest time that the event loop waits.`,
    figures,
    limits,
  });
}

import type { Change } from './changes.js';
import type { ClusterShape } from './cluster.js';
import { defaultPlugins } from './plugins.js';
import type { CostComparison } from './report.js';
import { type ChangeCost, RunningCluster } from './running-cluster.js';

/** Makes the same changes in a cluster of each shape, and compares what they cost. */
export async function compareCosts(
  small: ClusterShape,
  large: ClusterShape,
  changes: Readonly<Record<string, Change>>,
): Promise<Readonly<Record<string, CostComparison>>> {
  const costs = [await costsOf(small, changes), await costsOf(large, changes)] as const;
  return Object.fromEntries(Object.keys(changes).map((name) => [name, compare(costs[0].get(name), costs[1].get(name))]));
}

type TableCosts = Awaited<ReturnType<RunningCluster['cost']>>;

async function costsOf(shape: ClusterShape, changes: Readonly<Record<string, Change>>): Promise<Map<string, TableCosts>> {
  const running = new RunningCluster(shape, defaultPlugins());
  await running.build();
  return costsIn(running, changes);
}

/** What each change costs in a cluster that runs; the first of its kind, and one after it has to cost the same. */
async function costsIn(running: RunningCluster, changes: Readonly<Record<string, Change>>): Promise<Map<string, TableCosts>> {
  const costs = new Map<string, TableCosts>();
  for (const [name, change] of Object.entries(changes)) {
    costs.set(
      name,
      await running.cost((each) => {
        change(each, 0);
      }),
    );
  }
  return costs;
}

function compare(small: TableCosts | undefined, large: TableCosts | undefined): CostComparison {
  if (small === undefined || large === undefined) throw new RangeError('A change was not made in both clusters.');
  const equal = (Object.keys(small.cost) as (keyof ChangeCost)[]).every((name) => small.cost[name] === large.cost[name]);
  if (equal) return { small: small.cost, large: large.cost, equal };
  const differences = Object.fromEntries(
    [...small.tables].flatMap(([table, { computes }]) => {
      const other = large.tables.get(table)?.computes ?? 0;
      return computes === other ? [] : [[table, [computes, other] as const]];
    }),
  );
  return { small: small.cost, large: large.cost, equal, differences };
}

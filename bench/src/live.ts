import { type Change, certificateRenewed, endpointChanged, ingressAdded } from './changes.js';
import { issueCertificates } from './certificates.js';
import { type ClusterShape } from './cluster.js';
import { summarize } from './durations.js';
import { type LiveCost, LiveCluster } from './live-cluster.js';
import { type BenchReport, reportOf } from './report.js';
import { plain } from './shapes.js';

/** What a running HAProxy can take up. */
const changes: Readonly<Record<string, Change>> = { endpointChanged, ingressAdded, certificateRenewed };

const kindsOfCost: readonly (keyof LiveCost)[] = ['commands', 'socketBytes', 'diskBytes', 'reloads'];

/** Ids and addresses have more or fewer digits, as it happens. */
const numberLength = 1.05;

/** From a source's event to a real HAProxy that has it, and what that costs, in a small cluster and in a large one. */
export async function live(size: number, turns: number): Promise<BenchReport> {
  const certificates = await issueCertificates(3);
  // A namespace each, and so a certificate each, as issuers of certificates make them.
  const shapeOf = (count: number): ClusterShape => ({
    ...plain(count),
    namespaces: count,
    secret: { name: 'certificate', issues: certificates },
  });
  const small = await costs(shapeOf(100));
  await using large = await LiveCluster.start(shapeOf(size));
  const ofLarge = await costsOf(large);
  const figures: Record<string, number> = { size };
  const limits: Record<string, number> = {};
  for (const [name, change] of Object.entries(changes)) {
    const times: number[] = [];
    for (let turn = 1; turn <= turns; turn += 1) times.push(await large.effective((running) => change(running, turn)));
    const { p50Ms, p99Ms } = summarize(times);
    Object.assign(figures, { [`${name}P50Ms`]: p50Ms, [`${name}P99Ms`]: p99Ms });
    Object.assign(limits, { [`${name}P50Ms`]: 15, [`${name}P99Ms`]: 50 });
    for (const what of kindsOfCost) {
      figures[`${name}-${what}`] = ofLarge[name]?.[what] ?? Number.NaN;
      figures[`${name}-${what}-of100`] = small[name]?.[what] ?? Number.NaN;
      limits[`${name}-${what}`] = (figures[`${name}-${what}-of100`] ?? 0) * numberLength;
    }
  }
  figures['burstOf1000Ms'] = await large.effective((running) => {
    for (let turn = 0; turn < Math.min(1000, size); turn += 1) running.set(running.cluster.slice(turn, 0, 5_000 + turn));
  });
  limits['burstOf1000Ms'] = 2_000;
  return reportOf({
    bench: 'live',
    about: `From a source's event to a real HAProxy that has it, with ${size} Ingresses, a certificate and ten endpoints each; costs are the same as with 100.`,
    figures,
    limits,
  });
}

async function costs(shape: ClusterShape): Promise<Record<string, LiveCost>> {
  await using cluster = await LiveCluster.start(shape);
  return await costsOf(cluster);
}

async function costsOf(cluster: LiveCluster): Promise<Record<string, LiveCost>> {
  const found: Record<string, LiveCost> = {};
  for (const [name, change] of Object.entries(changes)) found[name] = await cluster.cost((running) => change(running, 0));
  return found;
}

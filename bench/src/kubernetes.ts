import { setTimeout as sleep } from 'node:timers/promises';
import type { Resource } from '@signalbox/core';
import { endpointChanged } from './changes.js';
import { Cluster } from './cluster.js';
import { type Durations, summarize } from './durations.js';
import { type BenchReport, reportOf } from './report.js';
import { ServedCluster, until } from './served-cluster.js';
import { plain } from './shapes.js';

/** What the promises say of a number of Ingresses. */
const limitsOf: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  1000: { allServedMs: 1_500, rssMB: 140 },
  5000: { allServedMs: 5_000, rssMB: 256 },
};

const limits = {
  startReloads: 2,
  newIngressP50Ms: 50,
  newIngressP99Ms: 150,
  allNewMs: 1_000,
  endpointP50Ms: 30,
  cpuPerChangeMs: 5,
  idleCpuPercent: 0.5,
};

/** The installed program with a real API server and a real HAProxy: from the API server's answer until a request is answered. */
export async function kubernetes(size: number, turns: number): Promise<BenchReport> {
  const small = await costOfChange(100);
  await using served = await ServedCluster.start(plain(size));
  const allServedMs = await served.startController();
  const { signalbox_reloads_total: startReloads = 0 } = await served.metrics();
  await served.untilQuiet();
  const { rssBytes } = await served.usage();
  const { cluster } = served;

  const newIngress = await measure(turns, async (turn) => {
    const ingress = cluster.ingress(size + turn);
    await served.write(ingress);
    return async () => (await served.ask(ingress)).status === 200;
  });
  const larger = new Cluster({ ...cluster.shape, services: 3 * size });
  const allNew = await measure(Math.ceil(turns / 10), async (turn) => {
    const at = 2 * size + turn;
    const { metadata, ...rest } = larger.ingress(at);
    // One with a header that few others have would be a reload.
    const ingress = { ...rest, metadata: { ...metadata, annotations: {} } };
    for (const object of [larger.service(at), larger.slice(at, 0), ingress]) await served.write(object);
    return async () => (await served.ask(ingress)).status === 200;
  });
  const endpoint = await measure(turns, async (turn) => {
    // A Service with one endpoint, which goes from address to address.
    const { endpoints = [], ...slice } = cluster.slice(0, 0, turn + 1);
    const moving = endpoints.slice(5, 6);
    await served.write({ ...slice, endpoints: moving } as Resource);
    return async () => (await served.ask(cluster.ingress(0))).body.includes(moving[0]?.addresses[0] ?? '?');
  });

  const large = await costOf(served);
  // V8 gives memory back once there is little to do.
  await sleep(30_000);
  const idleFrom = await served.usage();
  await sleep(idleMs);
  const idleTo = await served.usage();
  const idleCpuPercent = ((idleTo.cpuMs - idleFrom.cpuMs) / idleMs) * 100;

  const figures = {
    size,
    allServedMs,
    startReloads,
    rssMB: rssBytes / 2 ** 20,
    newIngressP50Ms: newIngress.p50Ms,
    newIngressP99Ms: newIngress.p99Ms,
    allNewMs: allNew.maxMs,
    endpointP50Ms: endpoint.p50Ms,
    endpointP99Ms: endpoint.p99Ms,
    cpuPerChangeMs: large.cpuMs,
    commandsPerChange: large.commands,
    bytesPerChange: large.bytes,
    rowsPerChange: large.rows,
    idleCpuPercent,
  };
  return reportOf({
    bench: 'kubernetes',
    about: `${size} Ingresses, Services and EndpointSlices of ten endpoints on a real API server; a change of an endpoint costs what it does with 100.`,
    figures,
    limits: {
      ...limits,
      ...limitsOf[size],
      // Names and addresses have more digits.
      commandsPerChange: small.commands * 1.05,
      bytesPerChange: small.bytes * 1.1,
      rowsPerChange: small.rows * 1.05,
    },
  });
}

/** Times from when a change was written until it can be seen. */
async function measure(turns: number, change: (turn: number) => Promise<() => Promise<boolean>>): Promise<Durations> {
  const times: number[] = [];
  for (let turn = 0; turn < turns; turn += 1) {
    const isSeen = await change(turn);
    const startedAt = performance.now();
    await until(isSeen);
    times.push(performance.now() - startedAt);
    await sleep(20);
  }
  return summarize(times);
}

/** What one change of an endpoint costs. */
interface Cost {
  readonly cpuMs: number;
  readonly commands: number;
  readonly bytes: number;
  readonly rows: number;
}

async function costOfChange(size: number): Promise<Cost> {
  await using served = await ServedCluster.start(plain(size));
  await served.startController();
  return await costOf(served);
}

/** V8 looks through all memory once in some hundred of them, for what 80 of them cost: over fewer, it is one figure or another. */
const changes = 500;
const idleMs = 60_000;

async function costOf(served: ServedCluster): Promise<Cost> {
  // What is yet to be written of the changes before.
  await served.untilQuiet();
  const [usage, metrics] = await Promise.all([served.usage(), served.metrics()]);
  for (let turn = 0; turn < changes; turn += 1) {
    const written: Promise<void>[] = [];
    endpointChanged({ cluster: served.cluster, set: (object) => written.push(served.write(object)) }, 10_000 + turn);
    await Promise.all(written);
    await sleep(30);
  }
  await sleep(1_000);
  const [usageAfter, after] = await Promise.all([served.usage(), served.metrics()]);
  const each = (name: string): number => ((after[name] ?? 0) - (metrics[name] ?? 0)) / changes;
  return {
    cpuMs: (usageAfter.cpuMs - usage.cpuMs) / changes,
    commands: each('signalbox_live_commands_total'),
    bytes: each('signalbox_live_bytes_total'),
    rows: each('signalbox_steps_total'),
  };
}

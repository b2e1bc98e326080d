import { setTimeout as sleep } from 'node:timers/promises';
import { endpointChanged, headerChanged } from './changes.js';
import { median } from './durations.js';
import { type BenchReport, reportOf } from './report.js';
import { ServedCluster } from './served-cluster.js';
import { plain } from './shapes.js';

const changesPerSecond = 20;
/** Until what grows at first has grown: code that is compiled, buffers, pools of connections. */
const warmUpPart = 0.2;

/** The memory of the installed program while objects come, change and go on a real API server, for so many minutes. */
export async function churn(size: number, minutes: number): Promise<BenchReport> {
  await using served = await ServedCluster.start(plain(size));
  await served.startController();
  const { cluster } = served;
  const samples: number[] = [];
  const end = performance.now() + minutes * 60_000;
  let failed = 0;
  for (let turn = 0; performance.now() < end; turn += 1) {
    const written: Promise<void>[] = [];
    const running = { cluster, set: (object: Parameters<ServedCluster['write']>[0]) => written.push(served.write(object)) };
    endpointChanged(running, turn);
    // Most changes are of endpoints; an Ingress in ten comes or goes, one in fifty has another header.
    if (turn % 20 === 5) running.set(cluster.ingress(size + (turn % 200)));
    if (turn % 20 === 15) written.push(served.remove(cluster.ingress(size + ((turn - 10) % 200))));
    if (turn % 50 === 0) headerChanged(running, turn);
    await Promise.all(written);
    if (turn % (10 * changesPerSecond) === 0) {
      samples.push((await served.usage()).rssBytes / 2 ** 20);
      if ((await served.ask(cluster.ingress(size - 1))).status !== 200) failed += 1;
    }
    await sleep(1000 / changesPerSecond);
  }
  const warm = samples.slice(Math.ceil(samples.length * warmUpPart));
  const third = Math.floor(warm.length / 3);
  const [rssFirstMB, rssLastMB] = [median(warm.slice(0, third)), median(warm.slice(-third))];
  return reportOf({
    bench: 'kubernetes-churn',
    about: `${size} Ingresses, some ${changesPerSecond} changes a second for ${minutes} minutes: RSS of the first and the last third after the start.`,
    figures: { size, minutes, rssFirstMB, rssLastMB, growth: rssLastMB / rssFirstMB, failed },
    limits: { growth: 1.05, failed: 0 },
  });
}

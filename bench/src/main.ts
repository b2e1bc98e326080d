import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { churn } from './churn.js';
import { changeOfAll, coreAlone, counts } from './core-alone.js';
import { kubernetes } from './kubernetes.js';
import { live } from './live.js';
import { proxy } from './proxy.js';
import type { BenchReport } from './report.js';
import { privateNetwork } from './served-cluster.js';

/** Each runs in a process of its own, so that one's memory is not another's. */
const benches: Readonly<Record<string, (isQuick: boolean) => Promise<BenchReport | BenchReport[]>>> = {
  'core-alone': (isQuick) => coreAlone(isQuick ? 1000 : 10_000, isQuick ? 50 : 300),
  counts: (isQuick) => counts(isQuick ? 1000 : 10_000),
  'change-of-all': (isQuick) => changeOfAll(isQuick ? 1000 : 10_000),
  live: (isQuick) => live(isQuick ? 1000 : 10_000, isQuick ? 50 : 300),
  'kubernetes-1000': (isQuick) => kubernetes(1000, isQuick ? 20 : 100),
  'kubernetes-5000': (isQuick) => kubernetes(isQuick ? 1000 : 5000, isQuick ? 20 : 100),
  'kubernetes-churn': (isQuick) => churn(1000, isQuick ? 2 : 30),
  proxy: (isQuick) => proxy(isQuick ? 1000 : 10_000, isQuick ? 3 : 7),
};

const { values } = parseArgs({ options: { only: { type: 'string' }, quick: { type: 'boolean', default: false } } });

if (process.send === undefined) {
  const names = values.only === undefined ? Object.keys(benches) : [values.only];
  const reports: unknown[] = [];
  for (const name of names) {
    if (benches[name] === undefined) throw new RangeError(`There is no bench "${name}"; there are: ${Object.keys(benches).join(', ')}.`);
    // A young generation of the usual size takes a third of the memory that a controller may have, and saves little time.
    const options = name === 'core-alone' ? ['--max-semi-space-size=4'] : [];
    const script = [process.execPath, ...options, fileURLToPath(import.meta.url), '--only', name, ...(values.quick ? ['--quick'] : [])];
    const [command = '', ...args] = [...(name.startsWith('kubernetes') ? privateNetwork : []), ...script];
    const child = spawn(command, args, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
    const [report] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => [{ bench: name, failed: code as unknown }]),
    ])) as [unknown];
    reports.push(report);
  }
  process.stdout.write(`${JSON.stringify(reports.flat(), undefined, 2)}\n`);
} else {
  process.send(await benches[values.only ?? '']?.(values.quick), () => {
    process.exit();
  });
}

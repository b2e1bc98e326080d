/**
 * The one list of checks: `npm run check` runs them all, also when one fails; `npm run check -- --write` lets those that can
 * put things right do so. `npm test` counts each as a test.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { referenceProblems } from './references.mjs';
import { root } from './workspaces.mjs';

/** @typedef {{ ok: boolean, output: string }} Outcome */

const cache = (tool) => join(root, 'node_modules', '.cache', tool);
const tool = (path) => join(root, 'node_modules', ...path.split('/'));
const ours = (file) => join(root, 'bootstrap', file);

/** Name, and how it runs. Those that write come first and alone, so that the rest sees what they left. */
const checks = [
  {
    name: 'format',
    writes: true,
    run: (write) => node([tool('prettier/bin/prettier.cjs'), write ? '--write' : '--check', '.'], ['--log-level=warn', '--cache']),
  },
  {
    name: 'lint',
    writes: true,
    run: (write) =>
      node([tool('eslint/bin/eslint.js'), '.'], ['--cache', `--cache-location=${cache('eslint')}/`, ...(write ? ['--fix'] : [])]),
  },
  { name: 'public api', writes: true, run: (write) => node([ours('api-reports.mjs')], write ? ['--write'] : []) },
  { name: 'generated docs', writes: true, run: (write) => node([join(root, 'docs', 'generate.mjs'), write ? '--write' : '--check']) },
  { name: 'api comments', run: () => node([ours('api-docs.mjs')]) },
  {
    name: 'unused code',
    run: () => node([tool('knip/bin/knip.js'), '--no-progress', '--no-config-hints', '--cache', `--cache-location=${cache('knip')}`]),
  },
  { name: 'packages', run: () => node([ours('packages.mjs')]) },
  {
    name: 'references',
    run: async () => {
      const problems = referenceProblems();
      return { ok: problems.length === 0, output: problems.join('\n') };
    },
  },
];

/**
 * Runs all checks, two at a time, and prints what became of each.
 * @param {{ write?: boolean }} [options]
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runChecks({ write = false } = {}) {
  const failed = [];
  const runOne = async ({ name, run }) => {
    const startMs = performance.now();
    const { ok, output } = await run(write);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    const text = output.trim() === '' ? '' : `${output.trim().replaceAll(/^(?=.)/gm, '    ')}\n`;
    process.stdout.write(`${ok ? '✓' : '✗'} ${name} (${seconds} s)\n${text}`);
    if (!ok) failed.push(name);
  };

  const alone = checks.filter(({ writes }) => write && writes);
  for (const check of alone) await runOne(check);

  const waiting = checks.filter((check) => !alone.includes(check)).values();
  const work = async () => {
    // Both take from the same iterator.
    for (const check of waiting) await runOne(check);
  };
  await Promise.all([work(), work()]);

  const passed = checks.length - failed.length;
  const verdict =
    failed.length === 0 ? `all ${passed} checks are good` : `${failed.length} of ${checks.length} checks failed: ${failed.join(', ')}`;
  process.stdout.write(`${verdict}\n`);
  return { passed, failed: failed.length };
}

/** @param {readonly string[]} script @param {readonly string[]} [options] @returns {Promise<Outcome>} */
function node(script, options = []) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [...script, ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => resolve({ ok: false, output: error.message }));
    child.on('close', (code, signal) => resolve({ ok: code === 0, output: signal ? `${output}\nended by ${signal}` : output }));
  });
}

if (import.meta.main) {
  const args = process.argv.slice(2);
  const unknown = args.find((arg) => arg !== '--write');
  if (unknown !== undefined) {
    process.stderr.write(`check knows only --write, not ${unknown}\n`);
    process.exit(2);
  }
  const { failed } = await runChecks({ write: args.includes('--write') });
  process.exitCode = failed > 0 ? 1 : 0;
}

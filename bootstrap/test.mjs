/**
 * What `npm test` runs: the checks, then Vitest, both whatever becomes of the other. With arguments (`npm test -- core -u`)
 * Vitest alone, which gets them. The last line is `N passed, N failed`; each check counts as a test.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runChecks } from './check.mjs';
import { plainLine } from './plain-line.mjs';
import { root } from './workspaces.mjs';

const args = process.argv.slice(2);
const checked = args.length === 0 ? await runChecks() : { passed: 0, failed: 0 };
const tested = await runVitest(args);

const failed = checked.failed + tested.failed;
process.exitCode = failed > 0 ? 1 : 0;
process.stdout.write(`${plainLine({ passed: checked.passed + tested.passed, failed, skipped: tested.skipped })}\n`);

/**
 * The counts come as a message from plain-line-reporter.mjs. A run that ends badly and has told of no failure counts as one.
 * @param {readonly string[]} vitestArgs
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>}
 */
function runVitest(vitestArgs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...vitestArgs], {
      cwd: root,
      stdio: [process.stdin.isTTY ? 'inherit' : 'ignore', 'inherit', 'inherit', 'ipc'],
    });
    // Ctrl-C reaches Vitest as well; we wait for its end.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    let counts = { passed: 0, failed: 0, skipped: 0 };
    child.on('message', (message) => {
      if (message.testCounts) counts = message.testCounts;
    });
    child.on('error', (error) => process.stderr.write(`Vitest could not be started: ${error.message}\n`));
    child.on('close', (code) => resolve(code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 }));
  });
}

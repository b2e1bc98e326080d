/**
 * What `npm test` runs: the checks, then Vitest, then Vitest again for the tests in a cluster, each whatever becomes of the others.
 * With arguments (`npm test -- core -u`) Vitest alone, which gets them. The last line is `N passed, N failed`; each check counts
 * as a test.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { runChecks } from './check.mjs';
import { clusterNetwork } from './cluster-network.mjs';
import { findCluster, howToGive } from './cluster.mjs';
import { plainLine } from './plain-line.mjs';
import { clusterTestFiles, vitestRuns, withLeftOut } from './test-runs.mjs';
import { root } from './workspaces.mjs';

const vitest = [process.execPath, join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run'];
const nothing = { passed: 0, failed: 0, skipped: 0 };
let isInterrupted = false;

const args = process.argv.slice(2);
const { usual, cluster, clusterFiles } = vitestRuns(args, clusterTestFiles(root), root);
const checked = args.length === 0 ? await runChecks() : nothing;
const tested = await runVitest([...vitest, ...usual], process.env);
const clustered = cluster === undefined || isInterrupted ? nothing : await runInCluster(cluster);

const failed = checked.failed + tested.failed + clustered.failed;
process.exitCode = failed > 0 ? 1 : 0;
const passed = checked.passed + tested.passed + clustered.passed;
process.stdout.write(`${plainLine({ passed, failed, skipped: tested.skipped + clustered.skipped })}\n`);

/** @param {readonly string[]} vitestArgs */
async function runInCluster(vitestArgs) {
  const folder = findCluster();
  const { problem, inside } = clusterNetwork();
  const missing = process.env.KUBEBUILDER_ASSETS === '' ? 'KUBEBUILDER_ASSETS is empty' : 'there is no cluster, as said at the beginning';
  const reason = folder === undefined ? missing : problem;
  if (reason === undefined) {
    const [program, ...programArgs] = inside([...vitest, ...vitestArgs]).flat();
    return runVitest([program, ...programArgs], { ...process.env, KUBEBUILDER_ASSETS: folder });
  }
  const files = clusterFiles.length;
  const hint = folder === undefined ? ` ${howToGive}` : '';
  process.stdout.write(
    `left out: ${files} ${files === 1 ? 'file' : 'files'} of tests in a cluster (*.cluster.test.ts): ${reason}.${hint}\n`,
  );
  return withLeftOut(nothing, files, process.env);
}

/**
 * The counts come as a message from plain-line-reporter.mjs. A run that ends badly and has told of no failure counts as one.
 * @param {readonly string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<{ passed: number, failed: number, skipped: number }>}
 */
function runVitest([program, ...programArgs], env) {
  return new Promise((resolve) => {
    const child = spawn(program, programArgs, {
      cwd: root,
      env,
      stdio: [process.stdin.isTTY ? 'inherit' : 'ignore', 'inherit', 'inherit', 'ipc'],
    });
    // Ctrl-C reaches Vitest as well; we wait for its end.
    const pass = (signal) => {
      isInterrupted = true;
      child.kill(signal);
    };
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, pass);
    let counts = nothing;
    child.on('message', (message) => {
      if (message.testCounts) counts = message.testCounts;
    });
    child.on('error', (error) => process.stderr.write(`Vitest could not be started: ${error.message}\n`));
    child.on('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, pass);
      resolve(code === 0 || counts.failed > 0 ? counts : { ...counts, failed: 1 });
    });
  });
}

/**
 * The two runs of Vitest that `npm test` is made of: `*.cluster.test.ts` need a Kubernetes control plane and a private network, and
 * are a run of their own, inside of it. Everything else runs outside, as what it tests does.
 */
import { globSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { parseCLI } from 'vitest/node';

const clusterTests = '**/*.cluster.test.ts';
const otherTests = '**/!(*.cluster).test.*';

/** A cluster takes both cores while it starts, and what is measured beside that says little: one file at a time, and patience. */
const clusterDefaults = { '--maxWorkers': '1', '--testTimeout': '60000', '--hookTimeout': '120000' };

/** Paths of the tests in a cluster, sorted. @param {string} root */
export function clusterTestFiles(root) {
  return globSync(clusterTests, { cwd: root, exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name) }).sort();
}

/**
 * @param {readonly string[]} args for Vitest
 * @param {readonly string[]} files what {@link clusterTestFiles} has found
 * @param {string} root
 * @returns {{ usual: string[], cluster: string[] | undefined, clusterFiles: string[] }} the arguments of each run; no second one
 *   where no file is asked for
 */
export function vitestRuns(args, files, root) {
  const { filter } = parseCLI(['vitest', 'run', ...args], { allowUnknownOptions: true });
  const clusterFiles = filter.length === 0 ? [...files] : files.filter((file) => filter.some((one) => matches(file, one, root)));
  if (clusterFiles.length === 0) return { usual: [...args, '--exclude', clusterTests], cluster: undefined, clusterFiles };
  // Each may be asked for what only the other has.
  const tolerant = filter.length > 0 ? ['--passWithNoTests'] : [];
  const defaults = Object.entries(clusterDefaults).filter(([name]) => !args.some((arg) => arg === name || arg.startsWith(`${name}=`)));
  return {
    usual: [...args, '--exclude', clusterTests, ...tolerant],
    cluster: [...args, '--exclude', otherTests, ...defaults.map((pair) => pair.join('='))],
    clusterFiles,
  };
}

/** As Vitest takes it: a part of the path, with the number of a line or without. @param {string} file @param {string} filter @param {string} root */
function matches(file, filter, root) {
  const wanted = filter.replace(/:\d+$/, '');
  return file.includes(wanted) || file.includes(relative(root, resolve(root, wanted)));
}

/**
 * What becomes of the counts where tests are left out: on a machine that is to run them all (`CI` is set) that is a failure.
 * @param {{ passed: number, failed: number, skipped: number }} counts @param {number} files @param {NodeJS.ProcessEnv} env
 */
export function withLeftOut({ passed, failed, skipped }, files, env) {
  const mustRun = env.CI !== undefined && !['', '0', 'false'].includes(env.CI);
  return { passed, failed: failed + (mustRun ? 1 : 0), skipped: skipped + files };
}

/**
 * The programs that a Kubernetes control plane for tests is made of: those of `$KUBEBUILDER_ASSETS`, or else etcd from a newer
 * suite of Debian and kube-apiserver built by Go, kept in the user's cache: `npm ci` empties node_modules, and a build takes
 * minutes. Where they cannot be had, the tests that need them are left out with a reason. Helm, which renders the chart, is built along
 * with kube-apiserver: most of it is the same code.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { debianHere, unpackPackage } from './debian-packages.mjs';
import { BootstrapError, say } from './say.mjs';
import { root } from './workspaces.mjs';

const etcdSuite = 'trixie';

/** The oldest etcd that the API server has no complaints about. */
const oldestEtcd = [3, 5];

/** From this version on Go fetches by itself the version of Go that a module asks for. */
const oldestGo = [1, 21];

/** The version of Kubernetes is that of its go.mod. */
const usualModule = join(root, 'bootstrap', 'go-programs');

/** What is kept, by name. */
const goPackages = { 'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver', helm: 'helm.sh/helm/v3/cmd/helm' };
const programs = ['etcd', ...Object.keys(goPackages)];

const buildMinutes = 60;

/**
 * Where a found or made cluster lies.
 * @typedef {object} ClusterOptions
 * @property {NodeJS.ProcessEnv} [env]
 * @property {string} [module] the folder of the go.mod that names what Go builds
 * @property {() => import('./debian-packages.mjs').Debian} [askDebian]
 * @property {readonly string[]} [goFolders] where Go is looked for after the PATH
 */

/**
 * Makes what is missing; asks nobody where nothing is. What cannot be had is said on stderr, and is no error.
 * @param {ClusterOptions} [options]
 * @returns {string | undefined} the folder that holds `etcd` and `kube-apiserver`
 */
export function ensureCluster(options = {}) {
  const { env = process.env, module = usualModule } = options;
  const found = findCluster({ env, module });
  if (found !== undefined || env.KUBEBUILDER_ASSETS !== undefined) return found;
  try {
    return make({ askDebian: debianHere, goFolders: ['/usr/local/go/bin', '/usr/lib/go/bin'], ...options, env, module });
  } catch (error) {
    say(`tests leave out those in a cluster (*.cluster.test.ts): ${error.message}. ${howToGive}`);
    return undefined;
  }
}

/** For those who read that there is no cluster. */
export const howToGive =
  'Give it with KUBEBUILDER_ASSETS=<folder of etcd and kube-apiserver>; empty for none, and then nothing is built either.';

/**
 * Asks nobody and makes nothing. One that is named but does not work is an error, as with `$HAPROXY`.
 * @param {Pick<ClusterOptions, 'env' | 'module'>} [options]
 * @returns {string | undefined}
 */
export function findCluster({ env = process.env, module = usualModule } = {}) {
  const named = env.KUBEBUILDER_ASSETS;
  if (named === '') return undefined;
  if (named !== undefined) {
    const problem = problemOf(named);
    if (problem === undefined) return named;
    throw new BootstrapError(`$KUBEBUILDER_ASSETS (${named}): ${problem}. Set it to a folder of etcd and kube-apiserver, or to nothing.`);
  }
  const kept = join(cacheOf(env), kubernetesVersion(module));
  return isWhole(kept) ? kept : undefined;
}

/** @param {string} folder */
function isWhole(folder) {
  return programs.every((name) => isProgram(join(folder, name)));
}

/**
 * `$HELM` (empty for none), one in the PATH or where `go install` puts it, or the one that was made along with the cluster.
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {string | undefined}
 */
export function findHelm(env = process.env) {
  if (env.HELM !== undefined) return env.HELM === '' ? undefined : env.HELM;
  return findProgram('helm', env, [join(env.GOPATH || join(env.HOME || homedir(), 'go'), 'bin'), findCluster({ env }) ?? []].flat());
}

/** `<version>/etcd` and so on in here; @signalbox/testing looks here too. @param {NodeJS.ProcessEnv} env */
function cacheOf(env) {
  const named = env.XDG_CACHE_HOME;
  const caches = named !== undefined && isAbsolute(named) ? named : join(env.HOME || homedir(), '.cache');
  return join(caches, 'signalbox', 'kubernetes');
}

/** `v1.36.3`. @param {string} module */
function kubernetesVersion(module) {
  return /^\s*(?:require )?k8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(join(module, 'go.mod'), 'utf8'))[1];
}

/**
 * All is done in a folder of its own and put in place at the end, so that an end half-way and a second run do no harm.
 * @param {Required<ClusterOptions>} options
 */
function make({ env, module, askDebian, goFolders }) {
  const version = kubernetesVersion(module);
  const cache = cacheOf(env);
  const go = findGo(env, goFolders);
  const debian = askDebian();
  mkdirSync(cache, { recursive: true });
  removeLeftovers(cache);
  const work = mkdtempSync(join(cache, `.${version}-`));
  try {
    const made = join(work, 'made');
    mkdirSync(made);
    say(`fetching etcd from Debian ${etcdSuite}, for the tests in a cluster (ten seconds)…`);
    renameSync(join(unpackPackage(work, etcdSuite, 'etcd-server', debian, env), 'usr', 'bin', 'etcd'), join(made, 'etcd'));
    say(`building kube-apiserver ${version} and helm with Go, for the tests (once: 5 minutes on two idle cores, 3 GB in Go's caches)…`);
    buildByGo(go, module, version, made, join(cache, '.lock'), env);
    const problem = problemOf(made);
    if (problem !== undefined) throw new Error(problem);
    return place(made, join(cache, version));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** What keeps the programs of a folder from being used; undefined for nothing. @param {string} folder */
function problemOf(folder) {
  const etcd = answerOf(join(folder, 'etcd'));
  const version = /^etcd Version: (\d+)\.(\d+)/m
    .exec(etcd ?? '')
    ?.slice(1)
    .map(Number);
  if (version === undefined) return 'etcd does not answer `--version` as etcd does';
  if (isOlder(version, oldestEtcd)) return `etcd is ${version.join('.')}, ${oldestEtcd.join('.')} or newer is needed`;
  const server = answerOf(join(folder, 'kube-apiserver'));
  return /^Kubernetes v\d/m.test(server ?? '') ? undefined : 'kube-apiserver does not answer `--version` as it should';
}

/** @param {readonly number[]} version @param {readonly number[]} oldest */
function isOlder([major, minor], oldest) {
  return major < oldest[0] || (major === oldest[0] && minor < oldest[1]);
}

/** @param {string} program */
function answerOf(program) {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 30_000 });
  return status === 0 ? stdout : undefined;
}

/** @param {NodeJS.ProcessEnv} env @param {readonly string[]} folders @returns {string} @throws Error where there is none that will do. */
function findGo(env, folders) {
  const path = findProgram('go', env, folders);
  if (path === undefined) throw new Error('kube-apiserver is built by Go, and there is no Go in the PATH');
  const answer = spawnSync(path, ['env', 'GOVERSION'], { cwd: '/', encoding: 'utf8', timeout: 30_000, env }).stdout ?? '';
  const version = /^go(\d+)\.(\d+)/.exec(answer)?.slice(1).map(Number);
  if (version === undefined) throw new Error(`${path} does not answer \`env GOVERSION\` as Go does`);
  if (isOlder(version, oldestGo)) throw new Error(`${path} is Go ${version.join('.')}, ${oldestGo.join('.')} or newer is needed`);
  return path;
}

/** @param {string} name @param {NodeJS.ProcessEnv} env @param {readonly string[]} [more] */
function findProgram(name, env, more = []) {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return [...folders, ...more].map((folder) => join(folder, name)).find(isProgram);
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs niced, as it is long; two at a time would compile everything twice, so the second waits and finds it in Go's cache.
 * @param {string} go @param {string} module @param {string} version @param {string} target a folder @param {string} lock
 * @param {NodeJS.ProcessEnv} env
 */
function buildByGo(go, module, version, target, lock, env) {
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version);
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' };
  const flags = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  const linking = ['-s', '-w', ...flags].join(' ');
  const build = [go, 'build', '-trimpath', '-ldflags', linking, '-o', target, ...Object.values(goPackages)];
  const niced = findProgram('nice', env) === undefined ? build : ['nice', '-n', '10', ...build];
  const [program, ...args] = findProgram('flock', env) === undefined ? niced : ['flock', lock, ...niced];
  const done = spawnSync(program, args, {
    cwd: module,
    encoding: 'utf8',
    env: { ...env, GOWORK: 'off' },
    timeout: buildMinutes * 60_000,
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  if (done.status !== 0) throw new Error(`go build says: ${complaintOf(done)}`);
}

/** The first line that is not about progress, without passwords. @param {import('node:child_process').SpawnSyncReturns<string>} done */
function complaintOf({ stderr, error, signal }) {
  const lines = (stderr ?? '').split('\n').filter((line) => line.trim() !== '' && !/^(go: downloading |#)/.test(line));
  const complaint = error?.message ?? lines[0] ?? (signal ? `ended by ${signal}` : 'nothing');
  return complaint.replace(/\.$/, '').replaceAll(/\/\/[^\s/@]+@/g, '//');
}

/** One that is there is left there: another run was faster, and its tests may be using it. @param {string} made @param {string} target */
function place(made, target) {
  const isGood = () => isWhole(target) && problemOf(target) === undefined;
  if (isGood()) return target;
  rmSync(target, { recursive: true, force: true });
  try {
    renameSync(made, target);
  } catch (error) {
    if (!isGood()) throw error;
  }
  return target;
}

/** What runs that were killed left behind, long enough ago that none is at work. @param {string} cache */
function removeLeftovers(cache) {
  for (const name of readdirSync(cache).filter((each) => /^\.v\d/.test(each))) {
    const path = join(cache, name);
    const begun = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (begun > Date.now() - 2 * buildMinutes * 60_000) continue;
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // They may be somebody else's: then they stay.
    }
  }
}

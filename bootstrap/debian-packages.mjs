/**
 * Packages of a suite of Debian that is not the installed one, unpacked into a folder: with lists and locks of our own, signed by
 * Debian, on the architecture of this machine. Nothing outside of that folder changes, and it needs no rights.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ keyring: string, architecture: string, libraries: string, loader: string }} Debian what to fetch with and for */

/** What Debian calls what Node calls `process.arch`, where it keeps libraries, and the loader among them. */
const architectures = {
  x64: { architecture: 'amd64', libraries: 'usr/lib/x86_64-linux-gnu', loader: 'ld-linux-x86-64.so.2' },
  arm64: { architecture: 'arm64', libraries: 'usr/lib/aarch64-linux-gnu', loader: 'ld-linux-aarch64.so.1' },
};

/** @returns {Debian} @throws Error with what is missing here. */
export function debianHere() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  if (!/^ID="?debian"?$/m.test(release)) throw new Error('this is not Debian');
  const names = architectures[process.arch];
  if (names === undefined) throw new Error(`this is neither ${Object.keys(architectures).join(' nor ')}`);
  const keyring = ['gpg', 'pgp'].map((end) => `/usr/share/keyrings/debian-archive-keyring.${end}`).find((path) => existsSync(path));
  if (keyring === undefined) throw new Error('the package debian-archive-keyring is not installed');
  return { keyring, ...names };
}

/**
 * @param {string} work a folder to work in, which holds what is unpacked afterwards
 * @param {string} suite @param {string} name @param {Pick<Debian, 'keyring' | 'architecture'>} debian @param {NodeJS.ProcessEnv} env
 * @param {{ libraries?: boolean }} [options] whether what it needs of libraries comes along
 * @returns {string} the folder that holds `usr`
 * @throws Error with what APT says.
 */
export function unpackPackage(work, suite, name, { keyring, architecture }, env, { libraries = false } = {}) {
  const [archives, lists, unpacked] = ['archives', 'lists', 'unpacked'].map((name) => join(work, name));
  for (const folder of [join(lists, 'partial'), join(archives, 'partial'), unpacked]) mkdirSync(folder, { recursive: true });
  const sources = archiveUris(run('apt-get', ['update', '--print-uris', '-o', `Dir::State::lists=${lists}`], archives, env));
  writeFileSync(join(work, 'status'), '');
  writeFileSync(join(work, 'apt.conf'), aptConfiguration(work, architecture));
  const apt = (program, ...args) => run(program, ['-q', '-c', join(work, 'apt.conf'), ...args], archives, env);
  firstThatWorks(sources, (uri) => {
    writeFileSync(join(work, 'sources.list'), `deb [signed-by=${keyring} target=Packages] ${uri} ${suite} main\n`);
    apt('apt-get', 'update');
  });
  apt('apt-get', 'download', ...(libraries ? withLibraries(name, (names) => apt('apt-cache', 'depends', '-i', ...names)) : [name]));
  for (const file of readdirSync(archives).filter((each) => each.endsWith('.deb'))) {
    run('dpkg-deb', ['-x', join(archives, file), unpacked], archives, env);
  }
  return unpacked;
}

/**
 * The archives that packages come from here, as APT reads them from its sources: those with a component `main` of a plain suite
 * (`bookworm`, not `bookworm-security`). That may be others than Debian too; they lack the suite that we want, or its signature.
 * @param {string} printed what `apt-get update --print-uris` says
 */
export function archiveUris(printed) {
  return [...new Set([...printed.matchAll(/^'(\S+)\/dists\/[a-z]+\/main\/binary-[^/]+\/Packages/gm)].map(([, uri]) => uri))];
}

/** @param {readonly string[]} uris @param {(uri: string) => void} work @throws what the first threw, where none works. */
function firstThatWorks(uris, work) {
  const errors = [];
  for (const uri of uris) {
    try {
      return work(uri);
    } catch (error) {
      errors.push(error);
    }
  }
  throw errors[0] ?? new Error('the sources of APT name no archive with a component main');
}

/**
 * Given with `-c`, it is read after the machine's own, which keeps its say about proxies and none about hooks or signatures.
 * @param {string} work @param {string} architecture
 */
function aptConfiguration(work, architecture) {
  return `#clear APT::Update;
#clear APT::Architectures;
APT::Update::Error-Mode "any";
APT::Architecture "${architecture}";
APT::Architectures { "${architecture}"; };
APT::Get::AllowUnauthenticated "false";
APT::Sandbox::User "root";
Acquire::AllowInsecureRepositories "false";
Acquire::AllowWeakRepositories "false";
Acquire::AllowDowngradeToInsecureRepositories "false";
Acquire::Retries "1";
Acquire::http::Timeout "10";
Acquire::https::Timeout "10";
Dir::Etc::sourcelist "${work}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::State "${work}";
Dir::State::lists "${work}/lists";
Dir::State::status "${work}/status";
Dir::Cache "${work}";
Dir::Cache::archives "${work}/archives";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "";
`;
}

/**
 * A package, and all libraries that it and they depend on: a suite may move on to a version that needs others.
 * @param {string} name
 * @param {(names: readonly string[]) => string} dependsOf what `apt-cache depends` says of some
 */
export function withLibraries(name, dependsOf) {
  const all = new Set([name]);
  for (let level = [name]; level.length > 0;) {
    const found = [...dependsOf(level).matchAll(/^[ |]*(?:Pre)?Depends: ((?:lib|zlib)\S+)$/gm)].map(([, library]) => library);
    level = [...new Set(found)].filter((library) => !all.has(library));
    for (const library of level) all.add(library);
  }
  return [...all];
}

/**
 * @param {string} program @param {readonly string[]} args @param {string} cwd @param {NodeJS.ProcessEnv} env
 * @returns {string} what it wrote on stdout
 */
function run(program, args, cwd, env) {
  const options = { cwd, encoding: 'utf8', timeout: 300_000, maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'] };
  const done = spawnSync(program, args, { ...options, env: { ...env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C.UTF-8' } });
  if (done.status === 0) return done.stdout;
  const complaint = /^E: (.*?)\.?$/m.exec(done.stderr ?? '')?.[1] ?? done.error?.message ?? done.stderr?.trim();
  throw new Error(`${program} says: ${complaint.replaceAll(/\/\/[^\s/@]+@/g, '//')}`);
}

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureCluster, findCluster } from './cluster.mjs';
import { root } from './workspaces.mjs';

let folder;
let said;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox cluster-')));
  said = '';
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

function script(path, ...lines) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(path, 0o755);
  return path;
}

const inCache = (name) => join(folder, 'caches', 'signalbox', 'kubernetes', name);
const kept = () => inCache('v1.2.3');

function fakePrograms(path, { etcd = '3.5.16', server = 'v1.2.3' } = {}) {
  script(join(path, 'etcd'), `echo "etcd Version: ${etcd}"`);
  script(join(path, 'kube-apiserver'), `echo "Kubernetes ${server}"`);
  return path;
}

/** A machine whose APT, dpkg-deb and Go work on scripts. What they did is in `log`. */
function fakeMachine({ etcd = '3.5.16', go = '1.26.8', build = '' } = {}) {
  const bin = join(folder, 'bin');
  const log = join(folder, 'log');
  const asked = `echo "$(basename "$0") $*" >> "${log}"`;
  script(
    join(bin, 'apt-get'),
    asked,
    'case "$*" in',
    `*--print-uris*) echo "'http://user:secret@mirror.test/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror 0" ;;`,
    `*update) cat ../sources.list >> "${log}" ;;`,
    '*download*) echo deb > etcd-server_amd64.deb ;;',
    'esac',
  );
  script(
    join(bin, 'dpkg-deb'),
    asked,
    'mkdir -p "$3/usr/bin" && cd "$3/usr/bin"',
    `printf '%s\\n' '#!/bin/sh' 'echo "etcd Version: ${etcd}"' > etcd`,
    'chmod +x etcd',
  );
  script(
    join(bin, 'go'),
    `if [ "$1" = env ]; then echo go${go}; exit; fi`,
    `echo "in $PWD, GOWORK=$GOWORK, nice $(nice): go $*" >> "${log}"`,
    build,
    'while [ "$1" != -o ]; do shift; done',
    `for name in kube-apiserver helm; do printf '%s\\n' '#!/bin/sh' 'echo "Kubernetes v1.2.3"' > "$2/$name"; chmod +x "$2/$name"; done`,
  );
  const module = join(folder, 'module');
  mkdirSync(module);
  writeFileSync(join(module, 'go.mod'), 'module x\n\nrequire (\n\tk8s.io/kubernetes v1.2.3 // indirect\n)\n');
  const env = { PATH: `${bin}:${process.env.PATH}`, XDG_CACHE_HOME: join(folder, 'caches') };
  const askDebian = () => ({ keyring: '/usr/share/keyrings/debian-archive-keyring.gpg', architecture: 'amd64' });
  return { bin, log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''), options: { env, module, askDebian, goFolders: [] } };
}

const nobodyAsked = { askDebian: () => expect.unreachable('nothing is missing') };

describe('making a cluster', () => {
  it('happens once, in the background of a machine, and leaves nothing else behind', () => {
    const { log, options } = fakeMachine();
    expect(ensureCluster(options)).toBe(kept());
    expect(readdirSync(kept()).sort()).toEqual(['etcd', 'helm', 'kube-apiserver']);
    expect(readdirSync(inCache('')).filter((name) => name !== '.lock')).toEqual(['v1.2.3']);
    expect(log()).toContain(
      'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg target=Packages] http://user:secret@mirror.test/debian trixie main\n',
    );
    expect(log()).toMatch(/^apt-get .* download etcd-server$/m);
    expect(log()).toMatch(
      /^in .*module, GOWORK=off, nice 1\d: go build .*component-base\/version\.gitVersion=v1\.2\.3 .* k8s\.io\/kubernetes\/cmd\/kube-apiserver helm\.sh\/helm\/v3\/cmd\/helm$/m,
    );
    expect(said).toMatch(
      /^signalbox: fetching etcd from Debian trixie,.*\nsignalbox: building kube-apiserver v1\.2\.3 and helm with Go,.*5 minutes.*\n$/,
    );
    const before = log();
    expect(ensureCluster({ ...options, ...nobodyAsked })).toBe(kept());
    expect(findCluster(options)).toBe(kept());
    expect(log()).toBe(before);
  });

  it('is the business of this version: another one is made anew', () => {
    const { options } = fakeMachine();
    fakePrograms(inCache('v1.2.2'));
    expect(findCluster(options)).toBeUndefined();
    expect(ensureCluster(options)).toBe(kept());
    expect(existsSync(inCache('v1.2.2'))).toBe(true);
  });

  it('keeps what another run has put there meanwhile', () => {
    const { bin, options } = fakeMachine();
    fakePrograms(join(folder, 'other run'), { etcd: '3.6.99' });
    script(join(folder, 'other run', 'helm'));
    script(join(bin, 'nice'), 'shift 2', `[ -d "${kept()}" ] || cp -r "${join(folder, 'other run')}" "${kept()}"`, 'exec "$@"');
    expect(ensureCluster(options)).toBe(kept());
    expect(readFileSync(join(kept(), 'etcd'), 'utf8')).toContain('3.6.99');
  });

  it('replaces what is half there', () => {
    const { options } = fakeMachine();
    fakePrograms(kept(), { etcd: '3.5.1' });
    expect(ensureCluster(options)).toBe(kept());
    expect(readFileSync(join(kept(), 'etcd'), 'utf8')).toContain('3.5.16');
    expect(readdirSync(kept()).sort()).toEqual(['etcd', 'helm', 'kube-apiserver']);
  });

  it('removes what a killed run left behind long ago, and nothing younger', () => {
    for (const name of ['.v1.2.3-old', '.v1.2.3-new']) mkdirSync(inCache(`${name}/archives`), { recursive: true });
    utimesSync(inCache('.v1.2.3-old'), 1000, 1000);
    ensureCluster(fakeMachine().options);
    expect(
      readdirSync(inCache(''))
        .filter((name) => name !== '.lock')
        .sort(),
    ).toEqual(['.v1.2.3-new', 'v1.2.3']);
  });
});

describe('a cluster that cannot be had', () => {
  const leftOut = (reason) =>
    `signalbox: tests leave out those in a cluster (*.cluster.test.ts): ${reason}. Give it with KUBEBUILDER_ASSETS=`;

  it('is left out where there is no Go, and APT is not asked', () => {
    const { log, options } = fakeMachine();
    const env = { ...options.env, PATH: join(folder, 'nothing') };
    expect(ensureCluster({ ...options, env })).toBeUndefined();
    expect(said).toContain(leftOut('kube-apiserver is built by Go, and there is no Go in the PATH'));
    expect(log()).toBe('');
  });

  it('is left out where Go is too old to fetch a newer one', () => {
    const { bin, options } = fakeMachine({ go: '1.19.8' });
    expect(ensureCluster(options)).toBeUndefined();
    expect(said).toContain(leftOut(`${join(bin, 'go')} is Go 1.19, 1.21 or newer is needed`));
  });

  it('is left out where there is no Debian, before anything is built', () => {
    const { log, options } = fakeMachine();
    const askDebian = () => {
      throw new Error('this is not Debian');
    };
    expect(ensureCluster({ ...options, askDebian })).toBeUndefined();
    expect(said).toContain(leftOut('this is not Debian'));
    expect(log()).toBe('');
  });

  it('is left out with what Go says, without secrets, and leaves nothing behind', () => {
    const complaint = ['#', 'go: downloading k8s.io/x v1', 'go: k8s.io/x@v1: Get "https://user:secret@proxy.test/x": no such host.'];
    const { options } = fakeMachine({ build: `printf '%s\\n' ${complaint.map((line) => `'${line}'`).join(' ')} >&2; exit 1` });
    expect(ensureCluster(options)).toBeUndefined();
    expect(said).toContain(leftOut('go build says: go: k8s.io/x@v1: Get "https://proxy.test/x": no such host'));
    expect(readdirSync(inCache('')).filter((name) => name !== '.lock')).toEqual([]);
  });

  it('is left out with what APT says', () => {
    const { bin, options } = fakeMachine();
    script(join(bin, 'apt-get'), 'echo "E: Unable to locate package etcd-server" >&2; exit 100');
    expect(ensureCluster(options)).toBeUndefined();
    expect(said).toContain(leftOut('apt-get says: Unable to locate package etcd-server'));
  });

  it('is left out where etcd is too old', () => {
    expect(ensureCluster(fakeMachine({ etcd: '3.4.23' }).options)).toBeUndefined();
    expect(said).toContain(leftOut('etcd is 3.4, 3.5 or newer is needed'));
  });
});

describe('$KUBEBUILDER_ASSETS', () => {
  it('is taken for what it says; empty for none', () => {
    const { options } = fakeMachine();
    const named = fakePrograms(join(folder, 'assets'));
    fakePrograms(kept());
    const naming = (value) => ({ ...options, ...nobodyAsked, env: { ...options.env, KUBEBUILDER_ASSETS: value } });
    expect(ensureCluster(naming(named))).toBe(named);
    expect(ensureCluster(naming(''))).toBeUndefined();
    expect(said).toBe('');
  });

  it.each([
    ['is not there', () => join(folder, 'nothing'), /\(.*nothing\): etcd does not answer `--version` as etcd does/],
    ['has an etcd that is too old', () => fakePrograms(join(folder, 'old'), { etcd: '3.4.9' }), /etcd is 3\.4, 3\.5 or newer/],
    ['has another kube-apiserver', () => fakePrograms(join(folder, 'other'), { server: 'hello' }), /kube-apiserver does not answer/],
  ])('does not pass over a folder that %s', (_what, path, message) => {
    expect(() => ensureCluster({ env: { KUBEBUILDER_ASSETS: path() } })).toThrow(message);
  });
});

it('builds all parts of Kubernetes in one version', () => {
  const text = readFileSync(join(root, 'bootstrap', 'go-programs', 'go.mod'), 'utf8');
  const [, version] = /^\tk8s\.io\/kubernetes v1(\.\d+\.\d+)/m.exec(text);
  const parts = [...text.matchAll(/^\t(\S+) => (\S+) (\S+)$/gm)];
  expect(parts.length).toBeGreaterThan(20);
  expect(parts.filter(([, from, to, at]) => from !== to || at !== `v0${version}`)).toEqual([]);
});

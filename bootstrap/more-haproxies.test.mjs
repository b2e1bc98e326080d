import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ensureMoreHaproxies } from './more-haproxies.mjs';

let folder;
let cache;
let said;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'signalbox more-')));
  cache = join(folder, 'cache');
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

const answering = (version) => `echo "HAProxy version ${version} 2026/10/14 - https://haproxy.org/"`;
const fakeHaproxy = (path, version) => script(path, answering(version));
const cached = (branch) => join(cache, branch, 'haproxy');

const debian = {
  keyring: '/usr/share/keyrings/debian-archive-keyring.gpg',
  architecture: 'amd64',
  libraries: 'usr/lib/x86_64-linux-gnu',
  loader: 'ld-linux-x86-64.so.2',
};

/**
 * APT and dpkg-deb of a machine whose sources name another's archive before Debian's: its packages hold scripts. What they did is
 * in `log`.
 * @param {Record<string, string>} versions of HAProxy, by suite
 */
function fakeDebian(versions) {
  const bin = join(folder, 'bin');
  const log = join(folder, 'log');
  const asked = `echo "$(basename "$0") $*" >> "${log}"`;
  script(
    join(bin, 'apt-get'),
    asked,
    'case "$*" in',
    '*--print-uris*)',
    `  echo "'http://other.test/node/dists/bookworm/main/binary-amd64/Packages.xz' other 0"`,
    `  echo "'http://user:secret@mirror.test/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror 0" ;;`,
    '*update)',
    `  cat ../sources.list >> "${log}"`,
    '  suite=$(sed "s/.*] [^ ]* \\([a-z]*\\) main/\\1/" ../sources.list)',
    `  if grep -q mirror.test ../sources.list && [ -e "${folder}/suites/$suite" ]; then exit 0; fi`,
    '  echo "E: Failed to fetch $(cut -d" " -f4 ../sources.list)/dists/$suite/InRelease  Could not resolve." >&2',
    '  exit 100 ;;',
    '*download*)',
    '  suite=$(sed "s/.*] [^ ]* \\([a-z]*\\) main/\\1/" ../sources.list)',
    `  cp "${folder}/suites/$suite" haproxy_amd64.deb ;;`,
    'esac',
  );
  script(join(bin, 'apt-cache'), asked, 'case "$*" in *haproxy) echo "  Depends: libc6" ;; esac');
  // The loader is told the name, then the libraries, then the program.
  const loader = '[ "$1" = --argv0 ] && [ "$3" = --library-path ] && [ -d "$4" ] || exit 1; self=$2; shift 4; self=$self exec "$@"';
  script(
    join(bin, 'dpkg-deb'),
    `cd "$3" && mkdir -p ${debian.libraries} usr/sbin`,
    `printf '%s\\n' '#!/bin/sh' '${loader}' > ${debian.libraries}/${debian.loader}`,
    'cp "$2" usr/sbin/haproxy',
    `chmod +x usr/sbin/haproxy ${debian.libraries}/*`,
  );
  for (const [suite, version] of Object.entries(versions)) {
    script(join(folder, 'suites', suite), `if [ "$1" = -v ]; then ${answering(version)}; else echo "$self" "$@"; fi`);
  }
  const env = { PATH: `${bin}:${process.env.PATH}` };
  return { log: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''), options: { env, cache, askDebian: () => debian } };
}

const both = { trixie: '3.0.11-1+deb13u4', forky: '3.2.26-1' };
const nobodyAsked = { askDebian: () => expect.unreachable('nothing is missing') };

describe('fetching other versions', () => {
  it('happens once, from the first archive that has the suite, and leaves nothing else behind', () => {
    const { log, options } = fakeDebian(both);
    expect(ensureMoreHaproxies(options)).toEqual([cached('3.0'), cached('3.2')]);
    expect(readdirSync(cache).sort()).toEqual(['3.0', '3.2']);
    expect(log()).toContain(`deb [signed-by=${debian.keyring} target=Packages] http://other.test/node trixie main\n`);
    expect(log()).toContain(`deb [signed-by=${debian.keyring} target=Packages] http://user:secret@mirror.test/debian forky main\n`);
    expect(log().match(/^apt-get .* download haproxy libc6$/gm)).toHaveLength(2);
    expect(said).toMatch(/^(signalbox: fetching HAProxy 3\.[02] from Debian (trixie|forky),.*\n){2}$/);
    const before = log();
    expect(ensureMoreHaproxies({ ...options, ...nobodyAsked })).toEqual([cached('3.0'), cached('3.2')]);
    expect(log()).toBe(before);
  });

  it('makes programs that run themselves again, whichever link they were started by', () => {
    ensureMoreHaproxies(fakeDebian(both).options);
    const link = join(folder, 'link');
    symlinkSync(cached('3.2'), link);
    expect(spawnSync(link, ['-W', '-f', 'a b'], { encoding: 'utf8' }).stdout).toBe(`${cached('3.2')} -W -f a b\n`);
  });

  it('fetches none of the branch of the main one', () => {
    const main = fakeHaproxy(join(folder, 'main'), '3.0.5');
    expect(ensureMoreHaproxies({ ...fakeDebian(both).options, main })).toEqual([cached('3.2')]);
  });

  it('takes what a suite has moved on to, and says so each time', () => {
    const { options } = fakeDebian({ ...both, forky: '3.4.1-1' });
    expect(ensureMoreHaproxies(options)).toEqual([cached('3.0'), cached('3.2')]);
    said = '';
    expect(ensureMoreHaproxies({ ...options, ...nobodyAsked })).toEqual([cached('3.0'), cached('3.2')]);
    expect(said).toBe('signalbox: Debian forky has moved on: tests run on HAProxy 3.4 from it, none on 3.2.\n');
  });

  it('fetches again what does not run any more', () => {
    script(cached('3.2'), 'exit 127');
    expect(ensureMoreHaproxies(fakeDebian(both).options)).toEqual([cached('3.0'), cached('3.2')]);
    expect(spawnSync(cached('3.2'), ['-v'], { encoding: 'utf8' }).stdout).toContain('3.2.26');
  });

  it('keeps what another run has put there meanwhile', () => {
    const { options } = fakeDebian(both);
    fakeHaproxy(join(folder, 'other run', 'haproxy'), '3.0.99');
    script(join(folder, 'bin', 'apt-cache'), `[ -d "${cache}/3.0" ] || cp -r "${folder}/other run" "${cache}/3.0"`);
    expect(ensureMoreHaproxies(options)).toEqual([cached('3.0'), cached('3.2')]);
    expect(spawnSync(cached('3.0'), ['-v'], { encoding: 'utf8' }).stdout).toContain('3.0.99');
    expect(readdirSync(cache).sort()).toEqual(['3.0', '3.2']);
  });

  it('removes what a killed run left behind an hour ago, and nothing younger', () => {
    for (const name of ['.3.0-old', '.3.0-new']) mkdirSync(join(cache, name, 'archives'), { recursive: true });
    utimesSync(join(cache, '.3.0-old'), 1000, 1000);
    ensureMoreHaproxies(fakeDebian(both).options);
    expect(readdirSync(cache).sort()).toEqual(['.3.0-new', '3.0', '3.2']);
  });
});

describe('a version that cannot be had', () => {
  it('is left out with what APT says, without secrets; the other is not', () => {
    const { options } = fakeDebian({ forky: both.forky });
    expect(ensureMoreHaproxies(options)).toEqual([cached('3.2')]);
    expect(readdirSync(cache)).toEqual(['3.2']);
    expect(said).toMatch(/tests leave out HAProxy 3\.0: apt-get says: Failed to fetch .*Could not resolve\. Give them with HAPROXY_ALSO=/);
    expect(said).not.toContain('secret');
  });

  it('is left out when it does not run here', () => {
    const { options } = fakeDebian(both);
    script(join(folder, 'suites', 'trixie'), 'exit 1');
    expect(ensureMoreHaproxies(options)).toEqual([cached('3.2')]);
    expect(said).toContain('tests leave out HAProxy 3.0: the HAProxy of Debian trixie does not run here.');
  });

  it('is left out where there is no Debian, and APT is not asked', () => {
    const { log, options } = fakeDebian(both);
    const askDebian = () => {
      throw new Error('this is not Debian');
    };
    expect(ensureMoreHaproxies({ ...options, askDebian })).toEqual([]);
    expect(said).toBe(
      'signalbox: tests leave out HAProxy 3.0 and 3.2: this is not Debian. Give them with HAPROXY_ALSO=<path>:<path>, or set it to nothing.\n',
    );
    expect(log()).toBe('');
  });
});

describe('$HAPROXY_ALSO', () => {
  it('is taken for what it says; empty for none', () => {
    const paths = [fakeHaproxy(join(folder, 'a'), '2.8.1'), fakeHaproxy(join(folder, 'b'), '3.3.1')];
    expect(ensureMoreHaproxies({ env: { HAPROXY_ALSO: paths.join(':') }, cache, ...nobodyAsked })).toEqual(paths);
    expect(ensureMoreHaproxies({ env: { HAPROXY_ALSO: '' }, cache, ...nobodyAsked })).toEqual([]);
    expect(said).toBe('');
  });

  it.each([
    ['is not there', () => join(folder, 'nothing'), /\$HAPROXY_ALSO \(.*nothing\) does not answer `-v`/],
    ['is not HAProxy', () => script(join(folder, 'other'), 'echo hello'), /does not answer `-v`/],
    ['is too old', () => fakeHaproxy(join(folder, 'old'), '2.2.9'), /is HAProxy 2\.2, which is too old/],
  ])('does not pass over one that %s', (_what, path, message) => {
    expect(() => ensureMoreHaproxies({ env: { HAPROXY_ALSO: path() }, cache, ...nobodyAsked })).toThrow(message);
  });
});

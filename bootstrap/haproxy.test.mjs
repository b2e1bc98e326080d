import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureHaproxy, findHaproxy, isNewEnough, parseVersion, withoutServiceStart } from './haproxy.mjs';

let folder;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'signalbox-haproxy-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A program that answers `-v` with one line. */
function fakeHaproxy(path, line = 'HAProxy version 3.0.5-8e879a5 2024/09/19 - https://haproxy.org/') {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho '${line}'\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('the version', () => {
  it.each([
    ['HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\nStatus: long-term', [2, 6]],
    ['HAProxy version 3.3-dev5-4ab6a2f 2025/07/28 - https://haproxy.org/', [3, 3]],
    ['HA-Proxy version 1.8.4-1deb90d 2018/02/08', [1, 8]],
    ['GNU bash, version 5.2.15(1)-release', undefined],
  ])('of %j is %j', (text, version) => {
    expect(parseVersion(text)).toEqual(version);
  });

  it('is new enough from 2.6 on', () => {
    expect(
      [
        [1, 9],
        [2, 5],
        [2, 6],
        [2, 10],
        [3, 0],
      ].map(isNewEnough),
    ).toEqual([false, false, true, true, true]);
  });
});

describe('finding HAProxy', () => {
  it('takes $HAPROXY before the PATH', () => {
    const named = fakeHaproxy(join(folder, 'own', 'hap'));
    fakeHaproxy(join(folder, 'bin', 'haproxy'));
    expect(findHaproxy({ HAPROXY: named, PATH: join(folder, 'bin') })).toBe(named);
  });

  it('takes the first of the PATH, past folders that lack it', () => {
    const first = fakeHaproxy(join(folder, 'b', 'haproxy'));
    fakeHaproxy(join(folder, 'c', 'haproxy'));
    expect(findHaproxy({ PATH: ['a', 'b', 'c'].map((name) => join(folder, name)).join(':') })).toBe(first);
  });

  it('finds none in an empty PATH', () => {
    expect(findHaproxy({ PATH: '' })).toBeUndefined();
    expect(findHaproxy({})).toBeUndefined();
  });

  it('does not pass over a wrong $HAPROXY', () => {
    fakeHaproxy(join(folder, 'bin', 'haproxy'));
    expect(() => findHaproxy({ HAPROXY: join(folder, 'nothing'), PATH: join(folder, 'bin') })).toThrow(
      /\$HAPROXY .*not an executable file/,
    );
  });

  it('refuses a program that is not HAProxy', () => {
    const other = fakeHaproxy(join(folder, 'other'), 'hello');
    expect(() => findHaproxy({ HAPROXY: other })).toThrow(/does not answer `-v`/);
  });

  it('refuses a version that is too old, and names both', () => {
    fakeHaproxy(join(folder, 'haproxy'), 'HA-Proxy version 2.2.9-2+deb11u6 2023/12/01');
    expect(() => findHaproxy({ PATH: folder })).toThrow(/is HAProxy 2\.2, 2\.6 or newer is needed/);
  });
});

describe('installing HAProxy', () => {
  it('happens only where none is found and we may', () => {
    const env = { PATH: folder };
    expect(ensureHaproxy({ env, mayInstall: true, install: () => fakeHaproxy(join(folder, 'haproxy')) })).toBe(join(folder, 'haproxy'));
    const again = () => expect.unreachable('it is there already');
    expect(ensureHaproxy({ env, mayInstall: true, install: again })).toBe(join(folder, 'haproxy'));
  });

  it('is else asked for with one command', () => {
    writeFileSync(join(folder, 'dnf'), '', { mode: 0o755 });
    const command = existsSync('/usr/sbin/haproxy') ? /export HAPROXY=\/usr\/sbin\/haproxy/ : /sudo dnf install -y haproxy/;
    expect(() => ensureHaproxy({ env: { PATH: folder }, mayInstall: false })).toThrow(command);
  });

  it('keeps services from starting, and puts the policy back even after a failure', () => {
    const policy = join(folder, 'policy-rc.d');
    const failing = () => {
      expect(readFileSync(policy, 'utf8')).toContain('exit 101');
      throw new Error('no such package');
    };
    expect(() => withoutServiceStart(policy, failing)).toThrow('no such package');
    expect(existsSync(policy)).toBe(false);

    writeFileSync(policy, 'the administrator’s own');
    expect(() => withoutServiceStart(policy, failing)).toThrow('no such package');
    expect(readFileSync(policy, 'utf8')).toBe('the administrator’s own');
  });
});

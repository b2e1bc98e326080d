import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defaultFolders } from './default-folders.js';

const bin = resolve(import.meta.dirname, '..', 'bin', 'signalbox.mjs');
/** Nobody: it stands in no passwd. */
const uid = 54_321;
const isRoot = process.getuid?.() === 0;
const canRead = isRoot && spawnSync(process.execPath, ['--check', bin], { uid, gid: uid, env: {} }).status === 0;
if (!canRead) console.warn('Left out: a user without an entry in passwd, as only root can be one, and where others may read this folder.');

describe('defaultFolders', () => {
  it('are those of the system for root, and else those that the environment names', () => {
    const ofRoot = { configDir: '/var/lib/signalbox', runtimeDir: '/run/signalbox' };
    const ofOthers = { configDir: '/state/signalbox', runtimeDir: '/runtime/signalbox' };
    expect(defaultFolders({ XDG_STATE_HOME: '/state', XDG_RUNTIME_DIR: '/runtime' })).toEqual(isRoot ? ofRoot : ofOthers);
  });

  it.runIf(canRead)('are there for a user without a name and a home', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [bin, 'run', '--help'], {
      uid,
      gid: uid,
      env: { COLUMNS: '500' },
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toContain('(default: "/.local/state/signalbox"');
    expect(stdout).toContain(`(default: "${join(tmpdir(), 'signalbox-54321')}"`);
  });

  it.each(['/tmp/a b', "/tmp/it's", '/tmp/über', '/tmp/.hidden/run'])(
    'are refused before anything starts where HAProxy cannot name them: %s',
    (folder) => {
      const { status, stderr } = spawnSync(process.execPath, [bin, 'run', '--files', '/nowhere', '--runtime-dir', folder], {
        encoding: 'utf8',
      });
      expect(status).toBe(2);
      expect(stderr).toContain(`cannot name the runtime folder ${folder}: expected letters`);
      expect(stderr).toContain('--runtime-dir');
    },
  );

  it.runIf(canRead)('say which flag names another, where they cannot be made', () => {
    const args = ['run', '--files', '/nowhere', '--http-bind-port=8181', '--controller-port=0'];
    const { status, stderr } = spawnSync(process.execPath, [bin, ...args], { uid, gid: uid, env: {}, encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(/folder \/\.local\/state\/signalbox cannot be used: .* Choose another with --config-dir\./);
  });
});

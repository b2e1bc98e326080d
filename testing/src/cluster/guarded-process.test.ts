import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { GuardedProcess } from './guarded-process.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'signalbox-guard-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const isAlive = (pid: number): boolean =>
  !/^(Z.*)?$/.test(
    execFileSync('sh', ['-c', `ps -o stat= -p ${pid} || true`])
      .toString()
      .trim(),
  );

it('ends a program at once, with its guard, and keeps the folder', async () => {
  const sleeping = new GuardedProcess('sh', ['-c', 'echo "$0 sleeps in $PWD"; exec sleep 60', 'somebody'], folder);
  await expect.poll(() => sleeping.output).toContain('somebody sleeps in');
  expect(sleeping.runs).toBe(true);
  await sleeping.kill();
  await sleeping.kill();
  expect(sleeping.runs).toBe(false);
  expect(isAlive(sleeping.pid!)).toBe(false);
  expect(existsSync(folder)).toBe(true);
});

it('tells of a program that ends by itself, and of one that is not there', async () => {
  const failing = new GuardedProcess('sh', ['-c', 'echo no >&2; exit 1'], folder);
  await expect.poll(() => failing.runs).toBe(false);
  expect(failing.output).toBe('no\n');
  const missing = new GuardedProcess(join(folder, 'missing'), [], folder);
  await missing.kill();
  expect(missing.runs).toBe(false);
  expect(missing.output).toContain('ENOENT');
});

it('does not outlive a process that is killed, and neither does the folder', async () => {
  const code = `import { GuardedProcess } from ${JSON.stringify(join(import.meta.dirname, 'guarded-process.ts'))};
    console.log(new GuardedProcess('sleep', ['60'], ${JSON.stringify(folder)}).pid);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = (await once(owner.stdout, 'data')) as [Buffer];
  const pid = Number(text.toString());
  expect(isAlive(pid)).toBe(true);
  owner.kill('SIGKILL');
  await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false);
  await expect.poll(() => existsSync(folder), { timeout: 5000 }).toBe(false);
});

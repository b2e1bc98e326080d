import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { clusterNetwork } from './cluster-network.mjs';

let folder;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'signalbox-network-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A machine with an `unshare` that does what is told. */
function machine(unshare) {
  writeFileSync(join(folder, 'unshare'), `#!/bin/sh\n${unshare}\n`);
  chmodSync(join(folder, 'unshare'), 0o755);
  return { env: { PATH: `${folder}:${process.env.PATH}` } };
}

it('says why there is none where the kernel forbids it, or a program is missing', () => {
  const forbidden = machine('echo "unshare: unshare failed: Operation not permitted" >&2; exit 1');
  expect(clusterNetwork(forbidden).problem).toBe('no private network can be made here (unshare: unshare failed: Operation not permitted)');
  expect(clusterNetwork({ env: { PATH: join(folder, 'nothing') } }).problem).toBe(
    'no private network can be made here (there is no unshare)',
  );
});

it('says so where the addresses cannot be had', () => {
  expect(clusterNetwork(machine('echo "sh: ip: not found" >&2; exit 125')).problem).toContain('(sh: ip: not found)');
});

const { problem, inside } = clusterNetwork();

it.skipIf(problem !== undefined)('has loopback alone, and addresses to listen on', () => {
  const listen = `require('net').createServer().listen(0, '10.244.3.7', function () { console.log(this.address().address); this.close(); })`;
  const [program, args] = inside([process.execPath, '-e', listen]);
  expect(spawnSync(program, args, { encoding: 'utf8' }).stdout).toBe('10.244.3.7\n');
});

it.skipIf(problem !== undefined)('becomes the command: its arguments, its messages, its signals', async () => {
  const tell = `process.on('SIGTERM', () => process.exit(7)); setTimeout(() => {}, 60_000); process.send({ args: process.argv.slice(1), pid: process.pid })`;
  const [program, args] = inside([process.execPath, '-e', tell, 'a b', '$c']);
  const child = spawn(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const message = await new Promise((resolve) => child.once('message', resolve));
  expect(message).toEqual({ args: ['a b', '$c'], pid: child.pid });
  child.kill('SIGTERM');
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(7);
});

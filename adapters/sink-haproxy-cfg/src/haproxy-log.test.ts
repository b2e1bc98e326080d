import { closeSync, mkdtempSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HaproxyLog } from './haproxy-log.js';

describe('HaproxyLog', () => {
  let folder: string;
  let path: string;
  let log: HaproxyLog;
  let haproxy: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sink-haproxy-cfg-'));
    path = join(folder, 'haproxy.log');
    log = new HaproxyLog(path);
    haproxy = log.openEmpty();
  });
  afterEach(() => {
    closeSync(haproxy);
    rmSync(folder, { recursive: true });
  });
  const say = (line: string): void => void writeSync(haproxy, `${line}\n`);
  const long = 'é'.repeat(50);

  it('stays within two megabytes however much HAProxy says, and has its last words', () => {
    for (let line = 0; line < 60_000; line += 1) {
      say(`${String(line)} ${long}`);
      if (line % 1_000 === 0) log.bound();
    }
    const all = readFileSync(`${path}.1`, 'utf8') + readFileSync(path, 'utf8');
    expect(all.length).toBeLessThan(2.3 * 1024 * 1024);
    const lines = all.split('\n').slice(1, -1);
    const first = Number.parseInt(lines[0] ?? '', 10);
    expect(lines).toEqual(Array.from({ length: 60_000 - first }, (_, index) => `${String(first + index)} ${long}`));
    expect(lines.length).toBeGreaterThan(9_000);
  });

  it('leaves a file that is short as it is', () => {
    say('one');
    log.bound();
    say('two');
    expect(readFileSync(path, 'utf8')).toBe('one\ntwo\n');
    expect(log.since(4)).toBe('two\n');
  });

  it('is for its owner alone, what was said before too', () => {
    say('x'.repeat(2 * 1024 * 1024));
    log.bound();
    for (const file of [path, `${path}.1`]) expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(`${path}.1`).size).toBe(1024 * 1024);
  });

  it('keeps the words of the HAProxy before', () => {
    say('last words');
    closeSync(haproxy);
    haproxy = log.openEmpty();
    say('first words');
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('last words\n');
    expect(readFileSync(path, 'utf8')).toBe('first words\n');
  });
});

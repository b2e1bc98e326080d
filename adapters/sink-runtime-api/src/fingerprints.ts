import { Path } from '@signalbox/core';
import type { AdminConnection } from './admin-connection.js';
import { longCommand } from './command.js';
import type { Command } from './command.js';

const fingerprint = /^SHA1 FingerPrint: ([0-9A-F]{40})$/;

/**
 * By file name. A file of authorities has one where it holds a single certificate: HAProxy 2.6 shows several in an order of its own.
 */
export async function fingerprints(files: readonly string[], connection: AdminConnection): Promise<Map<string, string>> {
  const found = new Map<string, string[]>();
  await connection.exchange(files.map((file) => showFingerprints('cert', file, found)));
  const others = files.filter((file) => !found.has(file));
  await connection.exchange(others.map((file) => showFingerprints('ca-file', file, found)));
  return new Map([...found].flatMap(([file, [first = '', ...more]]) => (more.length === 0 ? [[file, first] as const] : [])));
}

function showFingerprints(kind: 'cert' | 'ca-file', file: string, into: Map<string, string[]>): Command {
  return longCommand(['show', 'ssl', kind, new Path(file).text], (line) => {
    const [, found] = fingerprint.exec(line) ?? [];
    if (found !== undefined) into.set(file, [...(into.get(file) ?? []), found]);
  });
}

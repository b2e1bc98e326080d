import { writeFiles } from '@signalbox/testing';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckMessage } from '@signalbox/core';
import { parseCheckMessages } from './check-messages.js';
import { refusedFiles } from './fixtures/refused-files.js';
import type { Refused } from './fixtures/refused-files.js';
import { haproxy, never } from './fixtures/scene.js';
import { askFeatures } from './haproxy-binary.js';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl) console.warn('Tests of what HAProxy refuses are skipped: there is no openssl to make weak certificates with.');
const cases = hasOpenssl ? Object.entries(await refusedFiles()) : [];
/** What HAProxy said of the same files, by branch and case; the folder reads `FOLDER`. */
const recorded = JSON.parse(await readFile(new URL('fixtures/refusals.json', import.meta.url), 'utf8')) as Record<
  string,
  Record<string, string>
>;

describe.each(Object.keys(recorded))('what HAProxy %s said', (branch) => {
  it.each(cases)('leads to its place: %s', (name, refused) => {
    expectPlaces(recorded[branch]?.[name] ?? 'not recorded', '/FOLDER', branch, refused);
  });
});

describe.skipIf(haproxy === undefined || !hasOpenssl)('what the HAProxy at hand says', () => {
  it.each(cases)('leads to its place: %s', async (_name, refused) => {
    const folder = await mkdtemp(join(tmpdir(), 'sink-haproxy-cfg-'));
    try {
      await writeFiles(
        folder,
        Object.entries(refused.files).map(([path, content]) => ({ path, content, secret: false })),
      );
      const { stderr } = spawnSync(haproxy ?? '', ['-c', '-f', folder], { encoding: 'utf8' });
      const { branch } = await askFeatures(haproxy ?? '', 10_000, never);
      expectPlaces(stderr, folder, branch.join('.'), refused);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function expectPlaces(text: string, folder: string, branch: string, { files, leadsTo, by }: Refused): void {
  const messages = parseCheckMessages(text, folder, (path) => path in files);
  const alerts = messages.filter(({ severity }) => severity === 'alert');
  expect(new Set(alerts.flatMap(placesOf))).toEqual(new Set(by?.[branch] ?? leadsTo));
  expect(JSON.stringify(messages)).not.toMatch(/hunter2|FOLDER|PRIVATE/);
}

function placesOf({ file, line, mentions = [] }: CheckMessage): string[] {
  return [...(file === undefined ? [] : [`${file}:${String(line)}`]), ...mentions];
}

import { createPipeline, type Resource } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { certificateFor, checkFiles, configMapOf, renderFiles } from '@signalbox/testing';
import { expect, it } from 'vitest';
import { hostileTexts } from './texts.js';

const seed = 20_261_129;
const rounds = 40;
const statuses = ['400', '403', '404', '408', '429', '500', '502', '503', '504'];
/** What a text may hide behind, so that it gets past the first look. */
const responses: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `HTTP/1.1 503 ${text}\n\nbody`,
  (text) => `HTTP/1.1 503 X\r\n${text}\r\n\r\nbody`,
  (text) => `HTTP/1.1 503 X\nX-Test: ${text}\n\nbody`,
  (text) => `HTTP/1.1 503 X\n${text}: value\n\nbody`,
  (text) => `HTTP/1.1 503 X\nContent-Length: ${text}\n\nbody`,
  (text) => `HTTP/1.1 503 X\n\n${text}`,
];

function objectsOf(round: number): readonly Resource[] {
  const texts = hostileTexts(seed + round, 80);
  const errors = statuses.map((status, at) => [status, responses[(round + at) % responses.length]?.(texts[at] ?? '') ?? '']);
  const strange = texts.slice(10, 20).map((text) => [text, 'HTTP/1.1 503 X\n\n']);
  const files = texts.slice(20).map((text, at) => (at % 3 === 0 ? [text, text] : [`file-${String(at)}`, `one\n${text}\ntwo`]));
  return [
    configMapOf({ namespace: 'ops', name: 'errors', data: Object.fromEntries([...errors, ...strange]) as Record<string, string> }),
    configMapOf({ namespace: 'ops', name: 'patterns', data: Object.fromEntries(files) as Record<string, string> }),
  ];
}

it('hostile texts in error files and pattern files are told, or are what they are and nothing else', { timeout: 240_000 }, async () => {
  const { pem: otherwise } = await certificateFor(['default.example']);
  const plugins = [haproxyOrg({ errorFiles: 'ops/errors', patternFiles: 'ops/patterns' })];
  let [taken, told] = [0, 0];
  for (let round = 0; round < rounds; round += 1) {
    const pipeline = createPipeline({ plugins, defaultCertificate: { otherwise } });
    const writer = pipeline.collection.writer('hostile', true, true);
    for (const object of objectsOf(round)) writer.set(object);
    const files = await renderFiles(pipeline);
    const { ok, output } = await checkFiles(files);
    expect(ok, `round ${String(round)}: ${output.slice(0, 2000)}`).toBe(true);
    const failures = pipeline.diagnostics().filter(({ code }) => !code.endsWith('_FILE_INVALID'));
    expect(failures, `round ${String(round)}`).toEqual([]);
    told += pipeline.diagnostics().length;
    taken += files.filter(({ path }) => /^(?:errorfiles|patterns)\//.test(path)).length;
  }
  expect(taken).toBeGreaterThan(rounds * 20);
  expect(told).toBeGreaterThan(rounds * 10);
});

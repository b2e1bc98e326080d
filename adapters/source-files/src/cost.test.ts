import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { kinds } from './fixtures/recorder.js';
import { Running, temporaryFolder } from './fixtures/running.js';
import { type FileReading, ManifestReader } from './manifest-reader.js';

const MB = 1e6;
const numbers = (count: number, text: (at: number) => string): string => Array.from({ length: count }, (_, at) => text(at)).join('');
const configMap = (data: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n${data}`;
const annotated = (value: string): string => configMap(`  annotations:\n    example.com/a: ${value}\n`);
const path = (at: number): string =>
  `      - path: /p${String(at)}\n        pathType: Prefix\n        backend:\n          service:\n            name: web\n            port:\n              number: 80\n`;
const ingress = (paths: number): string =>
  `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: a\nspec:\n  rules:\n  - host: a.example\n    http:\n      paths:\n${numbers(paths, path)}`;
const bomb = (levels: number, width: number): string =>
  `a0: &a0 x\n${numbers(levels, (at) => `a${String(at + 1)}: &a${String(at + 1)} [${`*a${String(at)}, `.repeat(width)}]\n`)}`;

/** What is not taken, and what is said of it. */
const refused: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  ['3 MB of [', '['.repeat(3 * MB), /100 levels/],
  ['3 MB of {', '{'.repeat(3 * MB), /100 levels/],
  ['3 MB of {a: ', '{a: '.repeat(0.75 * MB), /100 levels/],
  ['3 MB of "- "', '- '.repeat(1.5 * MB), /100 levels/],
  ['3 MB of "? "', '? '.repeat(1.5 * MB), /100 levels/],
  ['3 MB of closed brackets', '[]'.repeat(1.5 * MB), /600,000/],
  ['1,700 nested maps', numbers(1700, (at) => `${' '.repeat(at)}a:\n`), /100 levels/],
  ['10,000 nested maps', numbers(10_000, (at) => `${' '.repeat(at)}a:\n`), /3 MiB/],
  ['10,000 nested maps in JSON', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, /100 levels/],
  ['3 MB of [ closed, as JSON', `${'['.repeat(1.5 * MB)}${']'.repeat(1.5 * MB)}`, /100 levels/],
  ['1,000,000 keys', `data:\n${numbers(MB, (at) => `  k${String(at)}: v\n`)}`, /3 MiB/],
  ['250,000 keys in JSON', `{"data":{${numbers(0.25 * MB, (at) => `"k${String(at)}":1,`)}"k":1}}`, /[26]00,000/],
  ['a bomb of aliases', bomb(9, 10), /[26]00,000/],
  ['a flat bomb of aliases', bomb(2, 10_000), /[26]00,000/],
  ['250,000 anchors', numbers(0.25 * MB, (at) => `k: &a${String(at % 10)}\n`), /600,000/],
  ['3 MB of tags', '! '.repeat(1.5 * MB), /./],
  ['3 MB of comments', `a: 1\n${'#\n'.repeat(1.5 * MB)}b: 1`, /600,000/],
  ['3 MB of empty lines', `a: 1\n${'\n'.repeat(3 * MB)}b: 1`, /[26]00,000/],
  ['3 MB of directives', `${'%a\n'.repeat(MB)}---\na: 1`, /./],
  ["3 MB of '", "'".repeat(3 * MB - 1), /./],
  ['3 MB of colons', ':'.repeat(3 * MB), /./],
  ['3 MB of ": "', ': '.repeat(1.5 * MB), /./],
  ['3 MB of "|"', '|\n'.repeat(1.5 * MB), /600,000 words/],
  ['3 MB of tabs', '\t'.repeat(3 * MB - 1) + 'a', /./],
  ['an annotation of 1.5 MB', annotated(`"${'x'.repeat(1.5 * MB)}"`), /256 KiB/],
  ['an annotation of 1.5 MB of escapes', annotated(`"${'\\n'.repeat(0.75 * MB)}"`), /256 KiB/],
  ['an annotation of 1.5 MB on many lines', annotated(`${'x y\n      '.repeat(0.15 * MB)}`), /256 KiB/],
  ['an object of 4 MB', configMap(`data:\n  a: |\n${'    {"a": [1,2,3]},\n'.repeat(0.2 * MB)}`), /3 MiB/],
];

/** What is in order, however large it is. */
const taken: readonly (readonly [name: string, text: string])[] = [
  ['an Ingress of 10,000 paths', ingress(10_000)],
  ['an Ingress of 10,000 paths in JSON', JSON.stringify(parse(ingress(10_000)), undefined, 2)],
  [
    'a list of 1,000 Ingresses',
    `apiVersion: v1\nkind: List\nitems:\n${numbers(
      1000,
      (at) =>
        `- ${ingress(5)
          .replace('name: a', `name: a${String(at)}`)
          .replaceAll('\n', '\n  ')
          .trimEnd()}\n`,
    )}`,
  ],
  ['10,000 documents of one line', numbers(10_000, (at) => `--- {apiVersion: v1, kind: Namespace, metadata: {name: n${String(at)}}}\n`)],
  ['a ConfigMap with 1.5 MB of JSON below |', configMap(`data:\n  a.json: |\n    ${'[[[[{{{{ "a": [1,2,3] '.repeat(0.06 * MB)}\n`)],
  [
    'a ConfigMap with a script of 50,000 lines below |',
    configMap(`data:\n  a.sh: |\n${'    if [[ "$a" == {b} ]]; then\n'.repeat(50_000)}`),
  ],
  ['a ConfigMap with indented text', configMap(`data:\n  a: |\n${numbers(1500, (at) => `    ${' '.repeat(at)}a:\n`)}`)],
  ['a ConfigMap with brackets in quotes', configMap(`data:\n  a: "${'['.repeat(MB)}"\n  b: '${'{'.repeat(MB)}'\n`)],
  ['an annotation of 250 kB', annotated(`"${'x'.repeat(0.25 * MB)}"`)],
  ['90 levels', configMap(`status: ${'['.repeat(90)}${']'.repeat(90)}`)],
];

// Most is below 50 ms on a quiet machine; without limits it was 18 seconds.
const longestMs = 8000;

/** What a reading cost. The longest block is the longest time in which no timer could run. */
interface Cost {
  readonly ms: number;
  readonly longestBlockMs: number;
  readonly heapMb: number;
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-cost-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(text: string | Buffer): Promise<{ readonly reading: FileReading | Error; readonly cost: Cost }> {
  const file = join(folder, 'a.yaml');
  await writeFile(file, text);
  return readFileOf(file, Buffer.byteLength(text));
}

async function readFileOf(file: string, size: number): Promise<{ readonly reading: FileReading | Error; readonly cost: Cost }> {
  const reader = new ManifestReader();
  reader.want(kinds);
  const heap = process.memoryUsage().heapUsed;
  const startMs = performance.now();
  let [lastMs, longestBlockMs, heapMb] = [startMs, 0, 0];
  const look = (): void => {
    const nowMs = performance.now();
    longestBlockMs = Math.max(longestBlockMs, nowMs - lastMs);
    heapMb = Math.max(heapMb, (process.memoryUsage().heapUsed - heap) / MB);
    lastMs = nowMs;
  };
  const timer = setInterval(look, 1);
  const reading = await reader
    .read({ path: file, stamp: '', size, changedMs: 0 }, new AbortController().signal)
    .catch((error: unknown) => error as Error);
  await new Promise((resolve) => setImmediate(resolve));
  look();
  clearInterval(timer);
  return { reading, cost: { ms: performance.now() - startMs, longestBlockMs, heapMb } };
}

function print(name: string, { ms, longestBlockMs, heapMb }: Cost): void {
  console.log(`${name}: ${ms.toFixed(0)} ms, nothing else for ${longestBlockMs.toFixed(0)} ms at most, ${heapMb.toFixed(0)} MB`);
}

const findingsOf = (reading: FileReading | Error): unknown =>
  reading instanceof Error ? reading : reading.documents.flatMap(({ document }) => document.findings);

describe('what one document may cost', () => {
  it.each(refused)('refuses %s with its place', async (name, text, message) => {
    const { reading, cost } = await read(text);
    print(name, cost);
    expect(findingsOf(reading)).toMatchObject([
      { severity: 'error', message: expect.stringMatching(message) as string, at: { column: expect.any(Number) as number } },
    ]);
    expect(cost.longestBlockMs).toBeLessThan(longestMs);
  });

  it.each(taken)('takes %s', async (name, text) => {
    const { reading, cost } = await read(text);
    print(name, cost);
    expect(findingsOf(reading)).toEqual([]);
    expect(cost.longestBlockMs).toBeLessThan(longestMs);
  });

  it.each([
    ['a file of 100 MB', 100 * MB, '', /larger than 64 MiB/],
    ['20 MB of one line', 20 * MB, 'a', /3 MiB/],
    ['20 MB of short lines', 20 * MB, 'a\n', /3 MiB/],
    ['20 MB of empty lines', 20 * MB, '\n', undefined],
    ['2 million empty documents', 8 * MB, '---\n', undefined],
    ['2 million documents of next to nothing', 12 * MB, '---\na\n', /more than 100,000 documents/],
  ])('is bounded for %s', async (name, size, text, message) => {
    const { reading, cost } = await read(text === '' ? Buffer.alloc(size) : Buffer.alloc(size, text));
    print(name, cost);
    const findings = reading instanceof Error ? [reading] : findingsOf(reading);
    expect(findings).toMatchObject(message === undefined ? [] : [{ message: expect.stringMatching(message) as string }]);
    expect(cost.longestBlockMs).toBeLessThan(longestMs);
  });

  it('leaves the object of a refused document as it was, and goes on with the others', async () => {
    const service = (name: string, port: number): string =>
      `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {ports: [{port: ${String(port)}}]}\n`;
    await using directory = await temporaryFolder();
    const file = join(directory.path, 'a.yaml');
    await writeFile(file, `${service('a', 1)}---\n${service('b', 1)}`);
    await using running = await Running.start({ paths: directory.path });
    await writeFile(file, `${service('a', 1)}other: ${'['.repeat(MB)}\n---\n${service('b', 2)}`);
    await running.seen.until(() => running.seen.diagnostics.length > 0);
    expect(running.seen.objects.get('Service default/a')).toMatchObject({ spec: { ports: [{ port: 1 }] } });
    expect(running.seen.objects.get('Service default/b')).toMatchObject({ spec: { ports: [{ port: 2 }] } });
    expect(running.seen.diagnostics).toMatchObject([
      {
        code: 'DOCUMENT_INVALID',
        message: 'expected 100 levels at most. What the document held before stays as it was.',
        source: { file, line: 5, column: 110 },
      },
    ]);
  });
});

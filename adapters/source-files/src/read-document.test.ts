import { describe, expect, it } from 'vitest';
import type { FieldPath } from './api-server/problem.js';
import { type Place, readDocument } from './read-document.js';
import { splitDocuments } from './split-documents.js';
import { Turn } from './turn.js';

const value = async (text: string): Promise<unknown> => {
  const reading = await readDocument(text, new Turn());
  return 'value' in reading ? reading.value : reading.problem;
};

const locate = async (text: string, fields: readonly FieldPath[]): Promise<readonly Place[]> => {
  const reading = await readDocument(text, new Turn());
  return 'value' in reading ? reading.locate(fields) : [];
};

const split = async (file: string): Promise<unknown[]> => {
  const documents: unknown[] = [];
  for await (const document of splitDocuments(file, new Turn())) documents.push(document);
  return documents;
};

describe('readDocument', () => {
  it('gives plain data', async () => {
    expect(await value('a: [1, 0x10, 1.5, true, ~, "x", on, 2026-01-01, !!str 5]\n1: one\ntrue: yes')).toEqual({
      a: [1, 16, 1.5, true, null, 'x', 'on', '2026-01-01', '5'],
      1: 'one',
      true: 'yes',
    });
    expect(await value('a: !!set {x}\nb: !!binary YQ==\nc: !!timestamp 2026-01-01\nd: !!omap [a: 1]\ne: !Ref x')).toEqual({
      a: { x: null },
      b: 'YQ==',
      c: '2026-01-01',
      d: [{ a: 1 }],
      e: 'x',
    });
  });

  it('follows aliases and merges maps', async () => {
    expect(await value('a: &a {x: 1, y: 2}\nb: {<<: *a, y: 3}\nc: *a\nd: {<<: [{x: 0}, *a]}')).toEqual({
      a: { x: 1, y: 2 },
      b: { x: 1, y: 3 },
      c: { x: 1, y: 2 },
      d: { x: 0, y: 2 },
    });
  });

  it.each([
    [
      'a bomb of aliases',
      `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 12 }, (_, i) => `a${String(i + 1)}: &a${String(i + 1)} [${`*a${String(i)}, `.repeat(10)}]`).join('\n')}`,
      /200,000/,
    ],
    ['a circle of aliases', 'a: &a [*a]', /anchor before/],
    ['lists in lists without end', '['.repeat(100_000), /levels|bracket/],
    ['closed lists in lists', `${'['.repeat(500)}${']'.repeat(500)}`, /levels/],
    ['__proto__ in YAML', 'a: {__proto__: {polluted: true}}', /__proto__/],
    ['__proto__ in JSON', '{"a": {"__proto__": {"polluted": true}}}', /__proto__/],
    ['__proto__ by a merge', '<<: {__proto__: {polluted: true}}', /__proto__/],
    ['a key that stands twice', 'a: 1\na: 2', /once/],
    ['a template', 'name: {{ .Release.Name }}', /template/],
    ['infinity', 'a: .inf', /JSON/],
    ['a tab', 'a:\n\tb: 1', /tab/],
  ])('refuses %s', async (_, text, problem) => {
    expect(await value(text)).toMatch(problem);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('quotes nothing of what is broken', async () => {
    for (const text of [
      'a: b: hunter2',
      'data:\n  k: "hunter2\n',
      'hunter2: [',
      '@hunter2',
      'k: *hunter2',
      'a: 1\nhunter2',
      '"\\qhunter2"',
    ])
      expect(await value(text)).not.toMatch(/hunter2/);
  });

  it('says where', async () => {
    expect(await readDocument('a: 1\nb:\n  - x\n c: 2\n', new Turn())).toMatchObject({ at: { line: 4 } });
    expect(await locate('# note\na:\n  b:\n  - c: 1\n', [['a', 'b', 0, 'c'], ['a', 'b', 0, 'missing'], ['x'], []])).toEqual([
      { line: 4, column: 8 },
      { line: 4, column: 5 },
      { line: 2, column: 1 },
      { line: 2, column: 1 },
    ]);
    expect(await locate('{\n\t"a": {\n\t\t"b": 1\n\t}\n}', [['a', 'b']])).toEqual([{ line: 3, column: 8 }]);
  });
});

describe('splitDocuments', () => {
  it('cuts at marker lines only, and counts lines', async () => {
    const file = '%YAML 1.2\n---\na: |\n  ---\n  text\n--- # two\nb: 1\n---x: 1\n...\n# nothing\n---\n\n--- {c: 1}\r\n---\r\nd: 1';
    expect(await split(file)).toEqual([
      { text: '---\na: |\n  ---\n  text\n', line: 2 },
      { text: '--- # two\nb: 1\n---x: 1\n', line: 6 },
      { text: '--- {c: 1}\r\n', line: 13 },
      { text: '---\r\nd: 1', line: 14 },
    ]);
    expect(await split('')).toEqual([]);
  });
});

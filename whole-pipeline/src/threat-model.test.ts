import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const page = new URL('../../docs/explanation/threat-model.md', import.meta.url);
const text = await readFile(page, 'utf8');

/** A link to a file of tests, and the names after it. */
const proofs = [...text.matchAll(/\]\((\.\.\/\.\.\/[^)]+\.ts)\)((?:,? "(?:[^"\\]|\\.)*")+)/g)].flatMap(([, file = '', names = '']) =>
  [...names.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, name = '']) => [file, name.replaceAll('\\"', '"')] as const),
);
const links = [...text.matchAll(/\]\((\.\.?\/[^)#]+|decisions\/[^)#]+)/g)].map(([, to = '']) => to);

it.each(proofs)('the threat model names a test of %s that is there: %s', async (file, name) => {
  expect(await readFile(new URL(file, page), 'utf8')).toContain(name);
});

it('the threat model leads to files that are there, and names many tests', () => {
  expect(links.filter((to) => !existsSync(new URL(to, page)))).toEqual([]);
  expect(proofs.length).toBeGreaterThan(60);
});

import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Running, temporaryFolder } from './fixtures/running.js';

type Edit =
  | { readonly do: 'write' | 'save'; readonly file: string; readonly documents: readonly string[] }
  | { readonly do: 'move'; readonly file: string; readonly to: string }
  | { readonly do: 'remove'; readonly file: string }
  | { readonly do: 'wait'; readonly ms: number };

const file = fc.constantFrom('a.yaml', 'b.yaml', 'x/c.yaml', 'x/y/d.yaml');
const good = fc
  .record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), port: fc.integer({ min: 1, max: 3 }) })
  .map(({ name, port }) => JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec: { ports: [{ port }] } }));
const bad = fc.constantFrom(
  'kind: [',
  'apiVersion: v1\nkind: Service\nmetadata:\n  name: a\nspec: "',
  '{apiVersion: v1, kind: Service, metadata: {name: b}, spec: {ports: 5}}',
  'text',
);
const documents = fc.array(fc.oneof({ weight: 4, arbitrary: good }, bad), { maxLength: 4 });
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ do: fc.constantFrom('write' as const, 'save' as const), file, documents }),
  fc.record({ do: fc.constant('move' as const), file, to: file }),
  fc.record({ do: fc.constant('remove' as const), file: fc.oneof(file, fc.constant('x')) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 250 }) }),
);

async function apply(folder: string, step: Edit): Promise<void> {
  if (step.do === 'wait') {
    await sleep(step.ms);
    return;
  }
  const path = join(folder, step.file);
  await mkdir(dirname(path), { recursive: true });
  if (step.do === 'remove') await rm(path, { recursive: true, force: true });
  else if (step.do === 'move') {
    await mkdir(dirname(join(folder, step.to)), { recursive: true });
    await rename(path, join(folder, step.to)).catch(() => undefined);
  } else {
    const written = step.do === 'write' ? path : join(folder, '.saving');
    await writeFile(written, step.documents.join('\n---\n'));
    if (step.do === 'save') await rename(written, path);
  }
}

it('ends at what a fresh read gives, whatever was edited on the way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(edit, { minLength: 3, maxLength: 12 }),
      fc.array(fc.array(good, { maxLength: 3 }), { minLength: 4, maxLength: 4 }),
      async (edits, last) => {
        await using folder = await temporaryFolder();
        await using running = await Running.start({ paths: folder.path, debounceMs: 10 });
        for (const step of edits) await apply(folder.path, step);
        // A file that stays broken keeps what it held; so all end well.
        for (const [index, name] of ['a.yaml', 'b.yaml', 'x/c.yaml', 'x/y/d.yaml'].entries()) {
          await apply(folder.path, { do: index % 2 ? 'save' : 'write', file: name, documents: last[index] ?? [] });
        }
        await using fresh = await Running.start({ paths: folder.path, follow: false });
        const isSame = (): boolean =>
          isDeepStrictEqual(Object.fromEntries(running.seen.objects), Object.fromEntries(fresh.seen.objects)) &&
          isDeepStrictEqual(running.seen.diagnostics, fresh.seen.diagnostics);
        await running.seen.until(isSame, 4000).catch(() => undefined);
        expect(Object.fromEntries(running.seen.objects)).toEqual(Object.fromEntries(fresh.seen.objects));
        expect(running.seen.diagnostics).toEqual(fresh.seen.diagnostics);
      },
    ),
    { numRuns: 20 },
  );
}, 60_000);

it('reads an edit in a file of thousands of documents without parsing the others again, and lets others work meanwhile', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'all.yaml');
  const document = (index: number, port: number): string =>
    `apiVersion: v1\nkind: Service\nmetadata:\n  name: app-${String(index)}\nspec:\n  ports:\n  - port: ${String(port)}\n    name: ${'x'.repeat(50)}\n`;
  const all = Array.from({ length: 3000 }, (_, index) => document(index, 80));
  await writeFile(path, all.join('---\n'));
  let longestMs = 0;
  let turnMs = performance.now();
  const turns = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - turnMs);
    turnMs = performance.now();
  }, 1);
  await using running = await Running.start({ paths: path });
  clearInterval(turns);
  all[1500] = document(1500, 81);
  await writeFile(path, all.join('---\n'));
  await running.seen.until(() => running.seen.calls.includes('set Service default/app-1500'), 1000);
  expect(running.seen.calls.filter((call) => call.startsWith('set'))).toEqual(['set Service default/app-1500']);
  expect(longestMs).toBeLessThan(250);
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { editItems } from '@signalbox/core';
import type { ItemEdit } from '@signalbox/core';
import { editInPieces, textOf } from './edit-in-pieces.js';
import { nodeFiles } from './file-operations.js';

let dir = '';

describe('editInPieces', () => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'pieces-'));
  });
  afterAll(async () => rm(dir, { recursive: true, force: true }));

  const path = 'maps/a.map';
  const line = (index: number): string => `host${String(index).padStart(6, '0')}.example.com backend-ü-${String(index)}`;
  const text = (count: number): string => Array.from({ length: count }, (_, index) => line(2 * index) + '\n').join('');
  let seed = 1;
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed % below;
  };
  const anyEdit = (count: number): ItemEdit => {
    const gone = line(random(2 * count));
    const come = line(random(2 * count + 20));
    return { path, like: '', ...(random(3) > 0 && { remove: gone }), ...(random(3) > 0 && { insert: come }) };
  };

  it('gives what editing the whole text gives, whatever the edits', async () => {
    for (const count of [0, 1, 4_000, 10_000, 20_000]) {
      for (let round = 0; round < 5; round += 1) {
        const edits = Array.from({ length: 300 }, () => anyEdit(count));
        expect((await inPieces(text(count), edits)) === editItems(text(count), edits), `${String(count)} lines`).toBe(true);
      }
    }
  });

  it('gives the same at both ends, with equal lines, with all lines gone, and for items of several lines', async () => {
    const count = 10_000;
    const same = text(count).replaceAll(/\d{6}/g, '000001').replaceAll(/-\d+/g, '-1');
    const all = Array.from({ length: count }, (_, index): ItemEdit => ({ path, like: '', remove: line(2 * index) }));
    for (const [content, edits] of [
      [
        text(count),
        [
          { path, like: '', insert: 'a' },
          { path, like: '', insert: 'z' },
        ],
      ],
      [text(count).slice(0, -1), [{ path, like: '', insert: 'z' }]],
      [text(count).slice(0, -1), [{ path, like: '', insert: 'a' }]],
      [same, [{ path, like: '', remove: firstOf(same), insert: firstOf(same) + '0' }]],
      [text(count), all],
      [text(count), [{ path, like: 'host', insert: 'host000003\n  more' }]],
      [text(count), [{ path, like: '', under: line(8), insert: line(9) }]],
    ] satisfies [string, ItemEdit[]][]) {
      expect((await inPieces(content, edits)) === editItems(content, edits)).toBe(true);
    }
  });
});

async function inPieces(content: string, edits: readonly ItemEdit[]): Promise<string> {
  const path = join(dir, 'a.map');
  await writeFile(path, content);
  return textOf(editInPieces(nodeFiles.pieces(path), edits));
}

function firstOf(text: string): string {
  return text.slice(0, text.indexOf('\n'));
}

import { durableSinkContract } from '@signalbox/testing';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Scene } from './fixtures/scene.js';

durableSinkContract('HaproxyCfgSink', async () => {
  const scene = await Scene.make();
  return {
    sink: scene.sink(),
    reopen: () => scene.sink(),
    files: () => filesIn(join(scene.configDir, 'current')),
    end: () => scene.end(),
  };
});

async function filesIn(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(await Promise.all(found.map(async (path) => [relative(folder, path), await readFile(path, 'utf8')] as const)));
}

import type { Resource } from '@signalbox/core';
import { sourceContract } from '@signalbox/testing';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { files } from './file-source.js';

sourceContract('FileSource', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-contract-'));
  const hold = async (objects: readonly Resource[]): Promise<void> => {
    for (const object of objects) {
      const path = join(folder, `${object.metadata.name}.json`);
      await writeFile(`${path}.new`, JSON.stringify(object));
      await rename(`${path}.new`, path);
    }
    for (const file of await readdir(folder)) {
      if (!objects.some(({ metadata }) => `${metadata.name}.json` === file)) await rm(join(folder, file));
    }
  };
  return { source: files({ paths: folder }), hold, end: () => rm(folder, { recursive: true, force: true }) };
});

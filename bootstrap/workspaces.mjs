/** The workspaces of this repository, as the root package.json lists them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds the root package.json. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @param {string} path */
export function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}

/**
 * Every workspace that exists, sorted by folder. `folder` is relative to the root, `manifest` is its package.json.
 * Knows the two forms that we use: `core` and `plugins/*`.
 * @param {string} from
 * @returns {{ folder: string, manifest: Record<string, any> }[]}
 */
export function workspaces(from = root) {
  return readJson(join(from, 'package.json'))
    .workspaces.flatMap((pattern) => (pattern.endsWith('/*') ? children(from, pattern.slice(0, -2)) : [pattern]))
    .filter((folder) => existsSync(join(from, folder, 'package.json')))
    .sort()
    .map((folder) => ({ folder, manifest: readJson(join(from, folder, 'package.json')) }));
}

/** @param {string} from @param {string} folder */
function children(from, folder) {
  if (!existsSync(join(from, folder))) return [];
  return readdirSync(join(from, folder), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => `${folder}/${entry.name}`);
}

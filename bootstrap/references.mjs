/** Checks that each tsconfig.json refers to the workspaces that its package.json depends on, and the root one to all. */
import { existsSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root, workspaces } from './workspaces.mjs';

/**
 * One sentence for each difference; none when all is well.
 * @param {string} from
 * @returns {string[]}
 */
export function referenceProblems(from = root) {
  const all = workspaces(from).filter(({ folder }) => existsSync(join(from, folder, 'tsconfig.json')));
  const folderOf = new Map(all.map(({ folder, manifest }) => [manifest.name, folder]));
  const problems = compare(
    'tsconfig.json',
    references(from, '.'),
    all.map(({ folder }) => folder),
  );
  for (const { folder, manifest } of all) {
    const dependencies = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies };
    const wanted = Object.keys(dependencies).flatMap((name) => folderOf.get(name) ?? []);
    problems.push(...compare(`${folder}/tsconfig.json`, references(from, folder), wanted));
  }
  return problems;
}

/** @param {string} file @param {readonly string[]} found @param {readonly string[]} wanted */
function compare(file, found, wanted) {
  return [
    ...wanted.filter((folder) => !found.includes(folder)).map((folder) => `${file} lacks a reference to ${folder}`),
    ...found
      .filter((folder) => !wanted.includes(folder))
      .map((folder) => `${file} refers to ${folder}, which its package.json does not name`),
  ];
}

/** @param {string} from @param {string} folder @returns {string[]} folders, relative to the root */
function references(from, folder) {
  const config = JSON.parse(readFileSync(join(from, folder, 'tsconfig.json'), 'utf8'));
  return (config.references ?? []).map(({ path }) => posix.join(folder, path));
}

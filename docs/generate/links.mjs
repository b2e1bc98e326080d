import { existsSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';

/**
 * Links of pages to files and headings that are not there.
 * @param {string} root @param {ReadonlyMap<string, string>} texts by path relative to the root
 * @returns {string[]}
 */
export function brokenLinks(root, texts) {
  const problems = [];
  for (const [path, text] of texts) {
    for (const [, target] of withoutCode(text).matchAll(/\]\(([^()\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      const [file, heading] = target.split('#');
      const to = file === '' ? path : posix.join(dirname(path).replaceAll('\\', '/'), file);
      if (!existsSync(join(root, to)) && !texts.has(to)) problems.push(`${path} links to ${target}, which is not there`);
      else if (heading !== undefined && texts.has(to) && !headings(texts.get(to)).has(heading)) {
        problems.push(`${path} links to ${target}, which has no such heading`);
      }
    }
  }
  return problems;
}

/** @param {string} text */
function headings(text) {
  const lines = withoutFences(text).matchAll(/^#+ +(.+)$/gm);
  // As GitHub makes them.
  return new Set(
    [...lines].map(([, heading]) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

const withoutFences = (text) => text.replace(/^( *)(```|~~~)[\s\S]*?^ *\2/gm, '');
const withoutCode = (text) => withoutFences(text).replace(/`[^`\n]*`/g, '``');

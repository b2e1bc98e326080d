import { hash } from 'node:crypto';

import { checkCharacters } from './characters.js';
import { refusal } from './refusal.js';

const longestReadable = 60;

/**
 * A file name made from data: a readable part in lower case, and a hash of the parts, in which each has its length, so that two different
 * lists never share a name. At most 100 characters of `[a-z0-9._-]`; the same on file systems that ignore case.
 * @example
 * ```ts
 * fileName(['shop', 'web', 'allow-list'], 'lst'); // shop_web_allow-list-3ffa…, always the same
 * ```
 * @throws {@link SignalboxError} `EMITTER_REFUSED` unless `extension` has one to eight small letters or digits.
 * @public
 */
export function fileName(parts: readonly string[], extension: string): string {
  if (!/^[a-z0-9]{1,8}$/.test(extension))
    throw refusal('form', 'A file extension has one to eight small letters or digits.', { place: 'a file extension' }, extension);
  for (const part of parts) checkCharacters(part, { place: 'a part of a file name' });
  const readable = parts
    .map((part) =>
      part
        .toLowerCase()
        .replace(/[^a-z0-9-]+/g, '-')
        .replace(/-{2,}/g, '-')
        .replace(/^-+|-+$/g, ''),
    )
    .filter((part) => part !== '')
    .join('_')
    .slice(0, longestReadable)
    .replace(/[-_]+$/, '');
  const tuple = parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('');
  return `${readable === '' ? 'file' : readable}-${hash('sha256', tuple).slice(0, 16)}.${extension}`;
}

import type { ConfigFile } from '@signalbox/core';

/** The sections of a configuration by their first line, and the rows of all other files, each with the name of its file. */
export function partsOf(files: readonly ConfigFile[]): Map<string, string> {
  const parts = new Map<string, string>();
  for (const { path, content } of files) {
    let header = '';
    for (const line of content.split('\n')) {
      if (line === '') continue;
      if (!path.endsWith('.cfg')) parts.set(`${path}: ${line}`, '');
      else if (/^\S/.test(line)) parts.set((header = line), '');
      else parts.set(header, `${parts.get(header) ?? ''}${line}\n`);
    }
  }
  return parts;
}

import { closedUntilMended } from '../annotation/consequence.js';
import type { Key } from '../annotation/key.js';
import type { Merged } from '../annotation/settings.js';
import type { AddressLists } from '../annotation/values.js';
import type { FamilyEntry } from '../annotation/vocabulary.js';
import { type Diagnostic, quote } from '../resource/diagnostic.js';
import { formatRef } from '../resource/resource.js';
import type { Read, Table } from '../table/index.js';
import type { PatternFile } from './operator-files.js';

/**
 * The settings of a family without those that name pattern files which cannot be used: that is told, and closes what a guard is for.
 * @param files - By name.
 */
export function withFiles(entry: FamilyEntry, merged: Merged, read: Read, files: Table<PatternFile>): Merged {
  let usable = merged;
  for (const [name, { object, field }] of Object.entries(merged.settings)) {
    const key = (entry.family.keys as Record<string, Key>)[name];
    if (key?.namesFiles !== true) continue;
    const { files: named } = merged.values[name] as AddressLists;
    const problem = named.map((file) => problemOf(file, read(files, file))).find((each) => each !== undefined);
    if (problem === undefined) continue;
    const isGuard = key.options.guard === true;
    const message = `${problem} ${isGuard ? closedUntilMended(entry.family, object) : 'It has no effect.'}`;
    read.note({ severity: 'error', code: 'PATTERN_FILE_NOT_FOUND', object, field, message } satisfies Diagnostic);
    usable = isGuard
      ? { ...usable, closedBy: `${formatRef(object)} ${field}` }
      : { ...usable, values: { ...usable.values, [name]: undefined } };
  }
  return usable;
}

function problemOf(name: string, file: PatternFile | undefined): string | undefined {
  if (file === undefined)
    return `There is no pattern file ${quote(name)}. Correct the name, or have the operator add it to the ConfigMap of pattern files (--configmap-patternfiles).`;
  return file.areAddresses ? undefined : `The pattern file ${quote(name)} holds other things than addresses and networks. Use another one.`;
}

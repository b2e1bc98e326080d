import { mapRow, Path, patternRow } from '@signalbox/core';
import type { LiveRow, LiveStep } from '@signalbox/core';
import { command, payloadCommand, payloadRoom } from './command.js';
import type { Command } from './command.js';
import type { Procedure } from './procedure.js';
import { done, refused } from './words.js';

type Step<Do extends LiveStep['do']> = Extract<LiveStep, { readonly do: Do }>;

export function* addRow({ map, row }: Step<'add row'>): Procedure {
  const [reply = ''] = yield [command('add', 'map', new Path(map).text, ...rowWords(row))];
  return reply === '' ? done : refused(reply, [map]);
}

export function* setRow(step: Step<'set row'>): Procedure {
  const [reply = ''] = yield [command('set', 'map', new Path(step.map).text, ...rowWords(step.row))];
  // What is wanted is that the key has this value.
  if (reply === 'entry not found.') return yield* addRow({ ...step, do: 'add row' });
  return reply === '' ? done : refused(reply, [step.map]);
}

export function* deleteRow({ map, key }: Step<'delete row'>): Procedure {
  const [word] = rowWords({ key, value: '-' });
  const [reply = ''] = yield [command('del', 'map', new Path(map).text, word)];
  return reply === '' || reply === 'Key not found.' ? done : refused(reply, [map]);
}

export function* replaceMap({ map, rows }: Step<'replace map'>): Procedure {
  return yield* replace('map', new Path(map).text, (version) => mapParts(['add', 'map', version, map], rows));
}

/** A payload is for maps only. */
export function* replaceList({ list, entries }: Step<'replace list'>): Procedure {
  return yield* replace('acl', new Path(list).text, function* (version) {
    yield entries.map((entry) => command('add', 'acl', version, list, patternRow(entry)));
  });
}

type Kind = 'map' | 'acl';

/** Fills a version that nothing looks into yet, and makes it the one that counts. Older ones go with that. */
function* replace(kind: Kind, file: string, partsOf: (version: string) => Iterable<Command[]>): Procedure {
  const [prepared = ''] = yield [command('prepare', kind, file)];
  const [, number] = /^New version created: (\d+)$/.exec(prepared) ?? [];
  if (number === undefined) return refused(prepared, [file]);
  const version = ['@', number].join('');
  let wrong: string | undefined;
  try {
    for (const commands of partsOf(version)) {
      wrong = (yield commands).find((reply) => reply !== '');
      if (wrong !== undefined) break;
    }
  } catch (error) {
    yield [command('clear', kind, version, file)];
    throw error;
  }
  if (wrong === undefined) [wrong = ''] = yield [command('commit', kind, version, file)];
  if (wrong === '') return done;
  yield [command('clear', kind, version, file)];
  return refused(wrong, [file]);
}

/** Rows in payloads that are as long as they may be. */
function* mapParts(words: readonly [string, ...string[]], rows: Iterable<LiveRow>): Iterable<Command[]> {
  const room = payloadRoom(words);
  let lines: string[] = [];
  let bytes = 0;
  for (const { key, value } of rows) {
    const line = mapRow(key, value);
    const more = Buffer.byteLength(line) + 1;
    if (bytes + more > room) {
      yield [payloadCommand(words, lines)];
      lines = [];
      bytes = 0;
    }
    lines.push(line);
    bytes += more;
  }
  if (lines.length > 0) yield [payloadCommand(words, lines)];
}

/** Only what the file of the map can hold too. */
function rowWords({ key, value }: LiveRow): [string, string] {
  mapRow(key, value);
  return [key, value];
}

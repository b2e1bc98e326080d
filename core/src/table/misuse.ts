/** Errors for those who write tables; one function for each, so that all messages are in one place. */

import { signalboxError } from '../errors.js';

const misuse = (message: string): Error => signalboxError('TABLE_MISUSE', message);

const quote = (name: string): string => JSON.stringify(name);

/** @internal */
export const nameTaken = (name: string): Error => misuse(`there is a table ${quote(name)} already; give this one another name`);

/** @internal */
export const foreignTable = (name: string): Error =>
  misuse(`table ${quote(name)} was not made by this Tables; use only tables of one Tables together`);

/** @internal */
export const notAnInput = (name: string): Error => misuse(`table ${quote(name)} is computed; rows can be set in input tables only`);

/** @internal */
export const readsForward = (reader: string, read: string): Error =>
  misuse(
    reader === read
      ? `table ${quote(reader)} reads itself; a table can read only tables made before it`
      : `table ${quote(reader)} reads table ${quote(read)}, which was made after it; make ${quote(read)} first`,
  );

/** @internal */
export const readTooLate = (): Error => misuse('`read` was used after its compute had ended; read everything before returning');

/** @internal */
export const busy = (what: string): Error =>
  misuse(`${what} during a commit or preview of the same Tables; wait for its end, or put the change into the next transaction`);

/** @internal */
export const emittedPromise = (): Error => misuse('the compute returned a promise; a compute is synchronous');

/** @internal */
export const emittedNoIterable = (emitted: unknown): Error =>
  misuse(`the compute returned ${nameKind(emitted)}; expected an iterable of [key, row] entries`);

/** @internal */
export const emittedMalformed = (entry: unknown): Error =>
  misuse(`the compute emitted ${nameKind(entry)}; expected a [key, row] entry with a string and a defined row`);

/** @internal */
export const emittedGroup = (key: string): Error =>
  misuse(`the compute emitted a group under ${quote(key)}; groups are live views, copy what you need out of them`);

/** @internal */
export const emittedTwice = (key: string): Error => misuse(`the compute emitted the key ${quote(key)} twice`);

/** @internal */
export const groupedByOther = (found: unknown): Error =>
  misuse(`\`by\` returned ${nameKind(found)}; expected a string, a list of strings or undefined`);

/** @internal */
export const orderedByOther = (found: unknown): Error => misuse(`\`order\` returned ${nameKind(found)}; expected a string`);

/** @internal */
export const untilIsNoTime = (found: unknown): Error =>
  misuse(`\`read.now\` was given ${nameKind(found)}; expected a time in milliseconds`);

/** @internal */
export const rowIsUndefined = (table: string, key: string): Error =>
  misuse(`row ${quote(key)} of table ${quote(table)} was set to undefined; use \`delete\` to remove it`);

/** @internal */
export const sealed = (): Error => misuse('this transaction was handed to `commitYielding` and cannot change; start a new one');

/** Says what kind of value was found, never the value itself: it may be secret. */
function nameKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return Number.isNaN(value) ? 'NaN' : `a value of type ${typeof value}`;
}

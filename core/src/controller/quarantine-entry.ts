import { guardsOf, isGuard, meaningOf } from '../annotation/field-meaning.js';
import type { Vocabulary } from '../annotation/vocabulary.js';
import { type ConfigMap, configMapKind, endpointSliceKind, secretKind } from '../resource/kinds.js';
import { withRefusedFields } from '../resource/refused-fields.js';
import { kindKey, type ObjectRef, refOf, type Resource } from '../resource/resource.js';

/** An object that is kept from HAProxy, or a part of it, because HAProxy refuses what it leads to. */
export interface QuarantineEntry {
  readonly ref: ObjectRef;
  /** Digest of the object that is refused. */
  readonly insteadOf: string;
  /** What counts in its place. */
  readonly standIn: Resource;
  /** The object as HAProxy last took it. */
  readonly lastGood?: Resource;
  readonly state: 'last good' | 'closed';
  /** The fields to blame, as far as they are known; of a ConfigMap those that do not count. */
  readonly fields: readonly string[];
  /** Of a ConfigMap: fields that count with their last good text, or not at all where they had none. */
  readonly kept: readonly string[];
  /** What HAProxy has against it, for people. */
  readonly why: string;
  /** What it would lead to if it were let out, as a digest, where that is known. */
  readonly outcome?: string;
  /** Whatever becomes of the object, it stays until this time, in milliseconds: it was refused too often. */
  readonly heldUntilMs?: number;
  /** It was isolated for what an earlier version led to, and is to be tried itself. */
  readonly isUntried?: boolean;
}

/** What is known of an object when it is blamed. */
export interface Blamed {
  readonly ref: ObjectRef;
  /** As far as they are known. */
  readonly fields: readonly string[];
  readonly why: string;
  /** As the sources hold it. */
  readonly held: Resource;
  readonly digest: string;
  readonly lastGood: Resource | undefined;
}

/**
 * The next step of isolating an object: its last good state where no guard was added or changed, else, or if that is refused too, closed.
 * `undefined` if nothing is left to be done.
 */
export function isolated(blamed: Blamed, before: QuarantineEntry | undefined, vocabulary: Vocabulary): QuarantineEntry | undefined {
  if (kindKey(blamed.ref) === kindKey(configMapKind)) {
    const entry = blamed.fields.reduce((after, field) => withoutField(blamed, field, after, vocabulary), before);
    return entry === before ? undefined : entry;
  }
  const { ref, fields, held, digest, lastGood, why } = blamed;
  if (before?.state === 'closed') return undefined;
  const facts = { ref, insteadOf: digest, fields, kept: [], why, ...(lastGood && { lastGood }) };
  if (before === undefined && lastGood !== undefined && guardsOf(vocabulary, lastGood) === guardsOf(vocabulary, held))
    return { ...facts, state: 'last good', standIn: asLastGood(lastGood, fields) };
  return { ...facts, state: 'closed', standIn: closed(held, fields) };
}

/** The object with nothing left of it that HAProxy could refuse. */
export function closed(object: Resource, fields: readonly string[]): Resource {
  const marked = withRefusedFields(object, fields.length > 0 ? fields : ['spec']);
  switch (kindKey(refOf(marked))) {
    case kindKey(secretKind): {
      const { data: _data, ...rest } = marked as Resource & { readonly data?: unknown };
      return rest;
    }
    case kindKey(endpointSliceKind):
      return { ...marked, endpoints: [] } as Resource;
    default:
      return marked;
  }
}

/** A certificate goes on being served; who relies on the Secret to decide who may pass must not go on with what it held. */
function asLastGood(lastGood: Resource, fields: readonly string[]): Resource {
  return kindKey(refOf(lastGood)) === kindKey(secretKind) ? withRefusedFields(lastGood, ['data', ...fields]) : lastGood;
}

/** Everybody depends on a ConfigMap of the operator's, so that it is taken apart: only the fields to blame do not count. */
function withoutField(
  { ref, why, held, digest, lastGood }: Blamed,
  field: string,
  before: QuarantineEntry | undefined,
  vocabulary: Vocabulary,
): QuarantineEntry | undefined {
  if (before?.fields.includes(field) === true) return before;
  const mayKeep = before?.kept.includes(field) !== true && lastGood !== undefined && textOf(lastGood, field) !== textOf(held, field);
  const keep = mayKeep && !isGuard(meaningOf(vocabulary, ref, field));
  const kept = keep ? [...(before?.kept ?? []), field] : (before?.kept ?? []).filter((each) => each !== field);
  const fields = keep ? (before?.fields ?? []) : [...(before?.fields ?? []), field];
  const data: Record<string, string> = { ...(held as ConfigMap).data };
  for (const each of kept) {
    const text = textOf(lastGood, each);
    if (text === undefined) delete data[keyOf(each)];
    else data[keyOf(each)] = text;
  }
  const standIn = withRefusedFields({ ...held, data } as Resource, fields);
  return {
    ref,
    insteadOf: digest,
    standIn,
    fields,
    kept,
    why,
    state: fields.length > 0 ? 'closed' : 'last good',
    ...(lastGood && { lastGood }),
  };
}

/** Of a field of a ConfigMap. */
export function textOf(object: Resource | undefined, field: string): string | undefined {
  return (object as ConfigMap | undefined)?.data?.[keyOf(field)];
}

function keyOf(field: string): string {
  return field.slice('data['.length, -1);
}

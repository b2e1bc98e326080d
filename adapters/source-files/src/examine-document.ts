import { type ObjectRef, type Resource, type ResourceKind, kindKey, objectKey } from '@signalbox/core';
import { admit } from './api-server/admit.js';
import { type Manifest, isManifest } from './api-server/manifest.js';
import { type FieldPath, type Problem, formatField } from './api-server/problem.js';
import { identityInText } from './identity-in-text.js';
import { type Place, readDocument } from './read-document.js';
import type { Turn } from './turn.js';

/** One object that a document speaks of: as it is to be, or only that it is there (`object` absent) because it is invalid. */
export interface Claim {
  readonly key: string;
  readonly ref: ObjectRef;
  readonly object?: Resource;
  /** The document cannot be parsed; its lines look as if they spoke of this object. */
  readonly isGuess?: boolean;
  readonly at: Place;
}

/** A problem and its place in the document. */
export interface Finding extends Omit<Problem, 'field'> {
  readonly field?: string;
  readonly at: Place;
  /** Of the claim that is at fault. */
  readonly key?: string;
}

/** All that a document says, in terms of its own lines. */
export interface ExaminedDocument {
  readonly claims: readonly Claim[];
  readonly findings: readonly Finding[];
  /** The document speaks of objects, and it cannot be told which. */
  readonly isUnclear: boolean;
  /** Kinds in it that nobody asked for; `*` where any change of what is asked for may matter. */
  readonly passedOver: ReadonlySet<string>;
}

/** Identity of an object among all of a source. */
function claimKey(ref: ObjectRef): string {
  return `${kindKey(ref)} ${objectKey(ref)}`;
}

/** Reads a document and admits the objects in it. */
export async function examineDocument(text: string, wanted: readonly ResourceKind[], turn: Turn): Promise<ExaminedDocument> {
  const reading = await readDocument(text, turn);
  if ('problem' in reading) return broken(text, reading.problem, reading.at, wanted);
  const claims: Claim[] = [];
  const problems: { readonly problem: Problem; readonly path: FieldPath; readonly at: Place; readonly key?: string }[] = [];
  const passedOver = new Set<string>();
  let isUnclear = false;
  for (const { manifest, path } of manifestsIn(reading.value)) {
    if (turn.isOver) await turn.end();
    const at = (typeof path[1] === 'number' ? reading.itemsAt[path[1]] : undefined) ?? reading.at;
    const admission = admit(manifest, wanted);
    if ('passedOver' in admission) {
      passedOver.add(admission.passedOver);
      for (const problem of admission.problems ?? []) problems.push({ problem, path, at });
    } else {
      const { ref } = admission;
      const key = ref && claimKey(ref);
      if (ref && key !== undefined) claims.push({ key, ref, at, ...('object' in admission && { object: admission.object }) });
      else isUnclear = true;
      for (const problem of admission.problems) problems.push({ problem, path, at, ...(key !== undefined && { key }) });
    }
  }
  const places = problems.length > 0 ? await reading.locate(problems.map(({ problem, path }) => [...path, ...(problem.field ?? [])])) : [];
  const findings = problems.map(({ problem: { field, ...problem }, at, key }, index): Finding => ({
    ...problem,
    ...(field && field.length > 0 && { field: formatField(field) }),
    ...(key !== undefined && { key }),
    at: places[index] ?? at,
  }));
  return { claims, findings, isUnclear, passedOver };
}

/** What stands in a `List` is taken out of it. */
function* manifestsIn(value: unknown, path: FieldPath = []): Generator<{ readonly manifest: unknown; readonly path: FieldPath }> {
  const list = isManifest(value) ? listOf(value) : undefined;
  if (!list) {
    if (value !== null) yield { manifest: value, path };
    return;
  }
  for (const [index, item] of list.entries()) yield* manifestsIn(item, [...path, 'items', index]);
}

function listOf(manifest: Manifest): readonly unknown[] | undefined {
  const { apiVersion, kind, items } = manifest;
  if (typeof kind !== 'string' || !kind.endsWith('List') || !(Array.isArray(items) || (kind === 'List' && (items ?? null) === null)))
    return undefined;
  const list = (items ?? []) as readonly unknown[];
  // The items of an IngressList do not repeat their kind.
  return kind === 'List'
    ? list
    : list.map((item) => (isManifest(item) ? { apiVersion, kind: kind.slice(0, -'List'.length), ...item } : item));
}

function broken(text: string, problem: string, at: Place, wanted: readonly ResourceKind[]): ExaminedDocument {
  const identity = identityInText(text, wanted);
  const ref = identity === 'unwanted' ? undefined : identity;
  const key = ref && claimKey(ref);
  return {
    claims: ref && key !== undefined ? [{ key, ref, at, isGuess: true }] : [],
    findings: [
      { severity: 'error', code: 'DOCUMENT_INVALID', message: problem, at, ...(ref && { object: ref }), ...(key !== undefined && { key }) },
    ],
    isUnclear: identity === undefined,
    passedOver: new Set(identity === 'unwanted' ? ['*'] : []),
  };
}

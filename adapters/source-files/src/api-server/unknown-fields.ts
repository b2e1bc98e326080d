import { type ObjectRef, quote } from '@signalbox/core';
import { distance } from 'fastest-levenshtein';
import { type KnownFields, knownFields } from './known-fields.js';
import { type Manifest, isManifest } from './manifest.js';
import type { FieldPath, Problem } from './problem.js';

const mostTold = 10;

/** Tells of fields that Kubernetes does not have. They have no effect here, and a cluster drops them: mostly they are mistyped. */
export function unknownFields(manifest: Manifest, object: ObjectRef): Problem[] {
  const known = knownFields.get(`${String(manifest['apiVersion'])} ${String(manifest['kind'])}`);
  if (known === undefined) return [];
  const found = [...unknownIn(manifest, known, [])];
  const problems = found.slice(0, mostTold).map(({ path, known: candidates }) => unknown(object, path, candidates));
  if (found.length > mostTold) problems.push(warning(object, [], `${String(found.length - mostTold)} more fields are not known`));
  return problems;
}

function* unknownIn(
  value: unknown,
  known: KnownFields,
  path: FieldPath,
): Generator<{ readonly path: FieldPath; readonly known: KnownFields }> {
  if (Array.isArray(value)) for (const [index, item] of value.entries()) yield* unknownIn(item, known, [...path, index]);
  if (!isManifest(value)) return;
  for (const [field, item] of Object.entries(value)) {
    const below = Object.hasOwn(known, field) ? known[field] : undefined;
    if (below === undefined) yield { path: [...path, field], known };
    else if (below !== true) yield* unknownIn(item, below, [...path, field]);
  }
}

function unknown(object: ObjectRef, path: FieldPath, known: KnownFields): Problem {
  const name = String(path.at(-1));
  const nearest = nearestOf(name, Object.keys(known));
  const accepted = nearest === undefined ? `known are ${Object.keys(known).join(', ')}` : `did you mean ${nearest}?`;
  return warning(object, path, `found the field ${quote(name)}, which Kubernetes does not have, so that it has no effect; ${accepted}`);
}

function warning(object: ObjectRef, field: FieldPath, message: string): Problem {
  return { severity: 'warning', code: 'FIELD_UNKNOWN', object, field, message };
}

/** The name that somebody could have meant, if there is one. */
function nearestOf(name: string, candidates: Iterable<string>): string | undefined {
  const text = name.slice(0, 100).toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(text.length / 3)) + 1;
  for (const candidate of candidates) {
    const away = distance(text, candidate.toLowerCase());
    if (away < bestDistance) [best, bestDistance] = [candidate, away];
  }
  return best;
}

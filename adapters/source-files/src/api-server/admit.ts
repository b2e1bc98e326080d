import { type ObjectRef, type Resource, type ResourceKind, groupOf, kindKey, quote } from '@signalbox/core';
import { type KnownKind, isKnownGroupKind, knownKind } from './known-kinds.js';
import { type Manifest, isManifest, withoutNulls } from './manifest.js';
import { acceptedName, acceptedNamespace, isNameOf, isNamespace, metadataShape } from './metadata.js';
import { type Problem, invalid, problemsOf } from './problem.js';
import { fields } from './shape.js';
import { unknownFields } from './unknown-fields.js';
import { unknownKind } from './unknown-kind.js';

/** What became of a manifest: passed over, let in, or refused. */
export type Admission =
  /** Nobody asked for this kind. It may look as if another was meant. */
  | { readonly passedOver: string; readonly problems?: readonly Problem[] }
  | { readonly object: Resource; readonly ref: ObjectRef; readonly problems: readonly Problem[] }
  /** `ref` is absent where it cannot be said which object it would be. */
  | { readonly refused: true; readonly ref?: ObjectRef; readonly problems: readonly Problem[] };

/**
 * Does the API server's part for a manifest from a file: tests what Signalbox reads, sets the defaults, and turns old versions
 * into today's.
 */
export function admit(manifest: unknown, wanted: readonly ResourceKind[]): Admission {
  if (!isManifest(manifest)) return unreadable('found no map; expected is a Kubernetes object with apiVersion, kind and metadata.name');
  const { apiVersion, kind } = manifest;
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return unreadable('apiVersion is missing; expected is a Kubernetes object with apiVersion, kind and metadata.name');
  if (typeof kind !== 'string' || kind === '')
    return unreadable('kind is missing; expected is a Kubernetes object with apiVersion, kind and metadata.name');
  const known = knownKind(apiVersion, kind);
  const as = known?.as ?? { group: groupOf(apiVersion), version: apiVersion.slice(apiVersion.indexOf('/') + 1), kind };
  const asked = wanted.find((candidate) => kindKey(candidate) === kindKey(as));
  if (!asked) return { passedOver: kindKey(as), problems: unknownKind(apiVersion, kind) };
  const identity = identify(manifest, asked);
  if ('refused' in identity) return identity;
  if (as.version !== asked.version) return refuse(identity.ref, [wrongVersion(identity.ref, apiVersion, asked)]);
  const plain = known ? withoutNulls(identity.manifest) : identity.manifest;
  return known?.convert ? admitOld(plain, identity.ref, known, known.convert) : admitToday(plain, identity.ref, known);
}

function admitToday(manifest: Manifest, ref: ObjectRef, known: KnownKind | undefined): Admission {
  const problems = shapeProblems(manifest, ref, known);
  const doubts = unknownFields(manifest, ref);
  if (problems.length > 0) return refuse(ref, [...problems, ...doubts]);
  return { object: (known ? known.defaults(manifest) : manifest) as unknown as Resource, ref, problems: doubts };
}

function admitOld(manifest: Manifest, ref: ObjectRef, known: KnownKind, convert: NonNullable<KnownKind['convert']>): Admission {
  const problems = shapeProblems(manifest, ref, known);
  if (problems.length > 0) return refuse(ref, problems);
  if (convert.isNeedless?.(manifest)) return { passedOver: kindKey(known.as) };
  const found = `${String(manifest['apiVersion'])} ${String(manifest['kind'])}`;
  const today = convert.toToday(manifest);
  const apiVersion = known.as.group === '' ? known.as.version : `${known.as.group}/${known.as.version}`;
  const message = today
    ? `found ${found}, which is of the past; it is read as ${apiVersion} ${known.as.kind}. To be served by today's clusters too, ${convert.advice}`
    : `found ${found}, which is of the past, and this one cannot be read as one ${apiVersion} ${known.as.kind}; it is left out: ${convert.advice}`;
  const warning: Problem = { severity: 'warning', code: 'DEPRECATED_API_VERSION', object: ref, field: ['apiVersion'], message };
  if (!today) return refuse(ref, [warning]);
  return { object: known.defaults(today) as unknown as Resource, ref, problems: [warning] };
}

function shapeProblems(manifest: Manifest, ref: ObjectRef, known: KnownKind | undefined): Problem[] {
  const ofMetadata = problemsOf(fields({ metadata: metadataShape }), { metadata: manifest['metadata'] }, ref);
  return known ? [...ofMetadata, ...problemsOf(known.shape(manifest), manifest, ref)] : ofMetadata;
}

type Identity = { readonly manifest: Manifest; readonly ref: ObjectRef } | Extract<Admission, { refused: true }>;

/** Finds out which object it is, and gives it its namespace. */
function identify(manifest: Manifest, kind: ResourceKind): Identity {
  const { metadata } = withoutNulls({ metadata: manifest['metadata'] });
  if (!isManifest(metadata)) return unreadable(`metadata is missing; expected is metadata.name: ${acceptedName(kind)}`);
  const { name, namespace: written, ...rest } = metadata;
  if (name === undefined)
    return unreadable(
      `metadata.name is missing; expected is ${acceptedName(kind)}${'generateName' in rest ? ' (generateName works in clusters only)' : ''}`,
    );
  const namespace = kind.namespaced ? (written === undefined || written === '' ? 'default' : written) : '';
  const ref: ObjectRef = { group: kind.group, kind: kind.kind, namespace: asText(namespace), name: asText(name) };
  const problems = [
    ...(typeof name === 'string' && isNameOf(kind, name)
      ? []
      : [invalid(ref, ['metadata', 'name'], `found ${inWords(name)}; accepted is ${acceptedName(kind)}`)]),
    ...(!kind.namespaced || (typeof namespace === 'string' && isNamespace(namespace))
      ? []
      : [invalid(ref, ['metadata', 'namespace'], `found ${inWords(namespace)}; accepted is ${acceptedNamespace}`)]),
  ];
  if (problems.length > 0) return { refused: true, problems };
  return { ref, manifest: { ...manifest, metadata: { ...rest, name, ...(kind.namespaced && { namespace }) } } };
}

function wrongVersion(ref: ObjectRef, apiVersion: string, asked: ResourceKind): Problem {
  const accepted = asked.group === '' ? asked.version : `${asked.group}/${asked.version}`;
  const beta = isKnownGroupKind(asked.group, asked.kind) ? '' : ', the version that its plugin reads';
  return invalid(ref, ['apiVersion'], `found ${quote(apiVersion)}; accepted is ${accepted}${beta}`);
}

function refuse(ref: ObjectRef, problems: readonly Problem[]): Admission {
  return { refused: true, ref, problems };
}

function unreadable(message: string): Extract<Admission, { refused: true }> {
  return { refused: true, problems: [{ severity: 'error', code: 'DOCUMENT_INVALID', message }] };
}

/** References stand in messages and reports; a hostile name must not. */
function asText(value: unknown): string {
  return typeof value === 'string' ? quote(value).slice(1, -1) : typeof value;
}

function inWords(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  return typeof value === 'number' || typeof value === 'boolean' ? `the ${typeof value} ${String(value)} (put it in quotes)` : 'no text';
}

import { type Diagnostic, type ObjectRef, objectKey, type ResourceKind } from '@signalbox/core';
import { hash } from 'node:crypto';

/**
 * An Event as `kubectl describe` shows it. It is of the core group: its count and times can be raised by a patch.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/ | Kubernetes: Event}
 */
export interface EventObject {
  readonly apiVersion: 'v1';
  readonly kind: 'Event';
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly involvedObject: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly name: string;
    readonly uid?: string;
  };
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  readonly source: { readonly component: string };
  readonly reportingComponent: string;
  readonly reportingInstance: string;
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly count: number;
}

/** A diagnostic that is about an object. */
export type DiagnosticOfObject = Diagnostic & { readonly object: ObjectRef };

export interface EventContext {
  readonly kind: ResourceKind;
  /** Of the object; `kubectl describe` shows no Event without it. */
  readonly uid: string | undefined;
  /** Who tells. */
  readonly component: string;
  /** Which process of it. */
  readonly identity: string;
  readonly now: Date;
}

const longestMessageBytes = 1024;
const longestInstance = 128;
/** Of warnings, those that say that two objects, or two places of one, ask for the same. */
const conflicts: ReadonlySet<string> = new Set(['CLAIM_LOST', 'DUPLICATE_OBJECT', 'KEY_TWICE']);

/** The Event that tells of a diagnostic. The same diagnostic of the same object has the same name, whoever tells it. */
export function eventOf(diagnostic: DiagnosticOfObject, { kind, uid, component, identity, now }: EventContext): EventObject {
  const { object, code, field, message, severity } = diagnostic;
  const id = hash('sha256', JSON.stringify([component, uid, objectKey(object), object.kind, code, field, message])).slice(0, 16);
  const time = eventTime(now);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    // Names of objects of some kinds hold what names of Events may not.
    metadata: { name: `${nameBeginning(object.name)}.${id}`, namespace: object.namespace || 'default' },
    involvedObject: {
      apiVersion: kind.group === '' ? kind.version : `${kind.group}/${kind.version}`,
      kind: object.kind,
      ...(object.namespace !== '' && { namespace: object.namespace }),
      name: object.name,
      ...(uid !== undefined && { uid }),
    },
    type: severity === 'error' || (severity === 'warning' && conflicts.has(code)) ? 'Warning' : 'Normal',
    reason: reasonOf(code),
    // Only newer versions of kubectl show `involvedObject.fieldPath`.
    message: cut(field === undefined ? message : `${field}: ${message}`, longestMessageBytes),
    source: { component },
    reportingComponent: component,
    reportingInstance: cut(identity, longestInstance),
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** RFC 3339, in whole seconds as the API server keeps them. */
export function eventTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** `SERVICE_NOT_FOUND` → `ServiceNotFound`. */
export function reasonOf(code: string): string {
  return code
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase())
    .join('');
}

function nameBeginning(name: string): string {
  const fit = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, '-')
    .slice(0, 200);
  return fit.replaceAll(/^[^a-z0-9]+|[^a-z0-9]+$/g, '').replaceAll(/[.-]*\.[.-]*/g, '.') || 'object';
}

/** At most so many bytes of UTF-8, cut between characters. */
function cut(text: string, bytes: number): string {
  const encoded = new TextEncoder().encode(text);
  if (encoded.length <= bytes) return text;
  // A character that is cut in two is one that cannot be read.
  const head = new TextDecoder().decode(encoded.subarray(0, bytes - 3)).replace(/\uFFFD+$/, '');
  return `${head}…`;
}

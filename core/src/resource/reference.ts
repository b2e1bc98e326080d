import type { Read, Table } from '../table/index.js';
import { quote } from './diagnostic.js';
import { secretKind } from './kinds.js';
import { refusedFields } from './refused-fields.js';
import { kindKey, objectKey, type ObjectRef, type Resource, type ResourceKind, refOf } from './resource.js';

declare const resolved: unique symbol;

/**
 * An object that a name led to, under the namespace policy. Only core's resolver makes one, so nothing that nobody was allowed
 * to refer to can reach HAProxy.
 * @public
 */
export interface Resolved<T extends Resource = Resource> {
  readonly object: T;
  readonly ref: ObjectRef;
  readonly [resolved]: true;
}

/** Who refers: an object of a namespace, or the operator, who may refer to any. @public */
export interface Referrer {
  readonly namespace: string;
  readonly isOperator: boolean;
}

/** A reference that leads nowhere, and why. @public */
export interface Unresolved {
  readonly code: 'REFERENCE_INVALID' | 'REFERENCE_FORBIDDEN' | 'REFERENCE_NOT_FOUND' | 'REFERENCE_REFUSED';
  /** For the owner: what was found and what to do. */
  readonly message: string;
}

/** Whether objects of one namespace may refer to those of another. @public */
export type NamespacePolicy = (from: string, to: string, kind: ResourceKind) => boolean;

/** Where a name leads to under the namespace policy, whether there is such an object or not. Only core's resolver makes one. */
export interface Located {
  /** Key of the object. */
  readonly key: string;
  readonly [resolved]: true;
}

/** Turns names into objects; the one place where that happens. Look-ups are recorded, those that find nothing too. */
export class Resolver {
  readonly #table: <T extends Resource>(kind: ResourceKind<T>) => Table<T>;
  readonly #policy: NamespacePolicy;

  constructor(table: <T extends Resource>(kind: ResourceKind<T>) => Table<T>, policy: NamespacePolicy = () => false) {
    this.#table = table;
    this.#policy = policy;
  }

  /**
   * `name` is `NAME`, in the namespace of the referrer, or `NAMESPACE/NAME`. A name that may not be referred to is not looked up.
   */
  resolve<T extends Resource>(read: Read, kind: ResourceKind<T>, name: string, from: Referrer): Resolved<T> | Unresolved {
    const location = this.locate(kind, name, from);
    if (!isLocated(location)) return location;
    const object = read(this.#table(kind), location.key);
    if (object === undefined) return this.missing(kind, location);
    return refusedFields(object).length > 0 ? refusedObject(kind, location) : ({ object, ref: refOf(object) } as Resolved<T>);
  }

  /** Does what {@link Resolver.resolve} does, but for the look-up. */
  locate(kind: ResourceKind, name: string, from: Referrer): Located | Unresolved {
    const target = parseName(name, from.namespace);
    if (target === undefined) {
      return {
        code: 'REFERENCE_INVALID',
        message: `Found ${quote(name)}; expected the name of a ${kind.kind}, as NAME or NAMESPACE/NAME.`,
      };
    }
    if (!from.isOperator && target.namespace !== from.namespace && !this.#policy(from.namespace, target.namespace, kind)) {
      return { code: 'REFERENCE_FORBIDDEN', message: forbidden(kind, target, from) };
    }
    return { key: objectKey(target) } as Located;
  }

  /** What to say where there is no object. */
  missing(kind: ResourceKind, { key }: Located): Unresolved {
    return { code: 'REFERENCE_NOT_FOUND', message: `There is no ${kind.kind} ${quote(key)}. Create it, or correct the name.` };
  }
}

function refusedObject(kind: ResourceKind, { key }: Located): Unresolved {
  return { code: 'REFERENCE_REFUSED', message: `HAProxy refuses what ${kind.kind} ${quote(key)} holds. Mend it.` };
}

/** The flag is of our own command, where it is for Secrets; whoever composes a policy of their own knows what it asks. */
function forbidden(kind: ResourceKind, target: { readonly namespace: string; readonly name: string }, from: Referrer): string {
  const pair = quote([from.namespace, target.namespace].join(':'));
  const way = kindKey(kind) === kindKey(secretKind) ? `, or ask the operator to allow it (--allow-cross-namespace ${pair})` : '';
  return `${kind.kind} ${quote(objectKey(target))} is in another namespace, which the operator does not allow. Use one of namespace ${quote(from.namespace)}${way}.`;
}

export function isLocated(location: Located | Unresolved): location is Located {
  return 'key' in location;
}

export function isResolved<T extends Resource>(resolution: Resolved<T> | Unresolved): resolution is Resolved<T> {
  return 'object' in resolution;
}

function parseName(text: string, namespace: string): { readonly namespace: string; readonly name: string } | undefined {
  const parts = text.trim().split('/');
  const [first = '', second] = parts;
  const target = second === undefined ? { namespace, name: first } : { namespace: first, name: second };
  const isName = (part: string): boolean => /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(part) && part.length <= 253;
  return parts.length <= 2 && isName(target.namespace) && isName(target.name) ? target : undefined;
}

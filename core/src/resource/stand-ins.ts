import { hash } from 'node:crypto';
import { type Resource, withoutVersion } from './resource.js';
import { unprintable } from './unprintable.js';

/** What counts in place of an object. */
export interface StandIn {
  /** Digest of the object that it stands in for: of another one it does not. */
  readonly insteadOf: string;
  readonly object: Resource;
  /** What counts in place of any other object that the sources hold by that name. Absent: that object itself. */
  readonly inPlaceOfOthers?: (object: Resource) => Resource;
}

/** Tells objects apart, over restarts too: neither the order of fields nor the version in which the API server has them says anything. */
export function digestOf(object: Resource): string {
  return hash('sha256', JSON.stringify(withoutVersion(object), sortedFields));
}

function sortedFields(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What counts in place of objects, each for the one object that it was made for. By identity: see {@link objectId}. */
export class StandIns {
  readonly #byObject = new Map<string, StandIn>();

  set(id: string, standIn: StandIn): void {
    this.#byObject.set(id, { ...standIn, object: unprintable(standIn.object) });
  }

  has(id: string): boolean {
    return this.#byObject.has(id);
  }

  /** Returns whether there was one. */
  delete(id: string): boolean {
    return this.#byObject.delete(id);
  }

  /** What counts where the sources hold `object`. A stand-in for another one goes. */
  counting(id: string, object: Resource): Resource {
    const standIn = this.#byObject.get(id);
    if (standIn === undefined) return object;
    if (standIn.insteadOf === digestOf(object)) return standIn.object;
    if (standIn.inPlaceOfOthers !== undefined) return standIn.inPlaceOfOthers(object);
    this.delete(id);
    return object;
  }
}

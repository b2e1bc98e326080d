import { frozen } from '../frozen.js';
import { refusePromise } from '../thrown.js';
import { quote } from '../resource/diagnostic.js';
import type { Resolved } from '../resource/reference.js';
import { objectKey } from '../resource/resource.js';
import type { KeyReference } from './key.js';
import type { FamilyEntry } from './vocabulary.js';
import { Refusal } from './standard-schema.js';

/** What `apply` receives for an object that a key refers to, or why the object cannot be used. */
export type ReferredValue = { readonly value: unknown } | { readonly code: 'VALUE_INVALID' | 'FAMILY_FAILED'; readonly message: string };

/** Asks a key what an object means to it; never throws. */
export function referredValue({ kind, valueOf }: KeyReference, resolved: Resolved, { plugin, family }: FamilyEntry): ReferredValue {
  const object = `${kind.kind} ${quote(objectKey(resolved.ref))}`;
  try {
    const value = valueOf(frozen(resolved));
    refusePromise(value, 'valueOf');
    return value instanceof Refusal ? { code: 'VALUE_INVALID', message: refusal(object, value) } : { value: frozen(value) };
  } catch {
    // The error may hold what was read, which may be secret.
    return {
      code: 'FAMILY_FAILED',
      message: `"${family.name}" of plugin "${plugin}" could not read ${object}; this is a bug of the plugin.`,
    };
  }
}

function refusal(object: string, { accepted, found }: Refusal): string {
  return `${object} cannot be used${found === undefined ? '' : `: found ${found}`}; expected ${accepted}.`;
}

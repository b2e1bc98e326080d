import type { AnyFamily } from '../controller/plugin.js';
import { configMapKind } from '../resource/kinds.js';
import { kindKey, type ObjectRef } from '../resource/resource.js';
import type { Targets } from './family.js';

/** What the owner of an object is told of a guard of `family` in it that cannot be used. */
export function closedUntilMended(family: AnyFamily, object: ObjectRef | undefined): string {
  switch (family.on as keyof Targets) {
    case 'listener':
      return 'Every request is answered 503 until it is mended.';
    case 'https':
      return 'Every request that comes over TLS is answered 503 until it is mended.';
    default:
      return object !== undefined && kindKey(object) === kindKey(configMapKind)
        ? 'All routes that it holds for answer 503 until it is mended.'
        : 'Its routes answer 503 until it is mended.';
  }
}

import type { AnyFamily } from '../controller/plugin.js';
import type { Targets } from './family.js';

/** What the owner is told of a guard of `family` that cannot be used. */
export function closedUntilMended(family: AnyFamily): string {
  switch (family.on as keyof Targets) {
    case 'listener':
      return 'Every request is answered 503 until it is mended.';
    case 'https':
      return 'Every request that comes over TLS is answered 503 until it is mended.';
    default:
      return 'Its routes answer 503 until it is mended.';
  }
}

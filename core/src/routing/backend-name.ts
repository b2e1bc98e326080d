import { hash } from 'node:crypto';

/** What a pool's name is made of. */
export interface BackendNameParts {
  /** The namespace, or namespace and owner joined by `_`. */
  readonly owner: string;
  /** The Service, as namespace/name. */
  readonly service: string;
  readonly port: string;
}

const longest = 500;
const ordinary = /^[A-Za-z0-9-]*$/;
// An owner's name has ":" in the place of dots.
const ordinaryOwner = /^[A-Za-z0-9:-]+(?:_[A-Za-z0-9:-]+)?$/;

/**
 * The name of a backend: HAProxy's own controller's, `NAMESPACE_svc_SERVICE_PORT`. No API server lets other names through than those
 * that HAProxy takes; where a source did, a hash tells one from another, and what HAProxy would not take is left out.
 */
export function backendName({ owner, service, port }: BackendNameParts): string {
  const name = service.slice(service.lastIndexOf('/') + 1);
  const plain = [owner, 'svc', name, port].join('_');
  if (ordinaryOwner.test(owner) && ordinary.test(name) && ordinary.test(port) && plain.length <= longest) return plain;
  // A dot would end the name in a map value.
  const readable = plain.replace(/[^A-Za-z0-9_-]/g, ':').slice(0, 100);
  return `${readable}:${hash('sha256', JSON.stringify([owner, service, port])).slice(0, 16)}`;
}

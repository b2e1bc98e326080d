import { type HostPattern, quote } from '@signalbox/core';

/** A host as the routing model has it, or why it is none. */
export type ParsedHost = { readonly host: HostPattern } | { readonly problem: string };

const label = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';
const name = new RegExp(`^${label}(?:\\.${label})*$`);
const address = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/**
 * Reads `spec.rules[].host` and `spec.tls[].hosts[]`: a DNS name, or one after `*.`. Capitals and a dot at the end say nothing; an
 * absent or empty host is any host.
 * @see {@link https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards | Kubernetes: hostname wildcards}
 */
export function parseHost(found: unknown): ParsedHost {
  if (found === undefined || found === null || found === '') return { host: '' };
  if (typeof found !== 'string') return { problem: problem('something that is no text', '') };
  const host = found.toLowerCase().replace(/\.$/, '');
  const exact = host.startsWith('*.') ? host.slice(2) : host;
  if (address.test(exact) || exact.includes('[')) return { problem: problem(quote(found), ', not an IP address') };
  if (/^[^:]*:\d+$/.test(exact)) return { problem: problem(quote(found), ' without a port') };
  if (exact.length > 253 || !name.test(exact)) return { problem: problem(quote(found), '') };
  return { host };
}

function problem(found: string, but: string): string {
  return `Found ${found}; expected a DNS name such as "shop.example" or "*.shop.example"${but}.`;
}

import { type HostPattern, quote, type TranslateContext } from '@signalbox/core';
import { parseHost } from './host-name.js';
import type { IngressTls } from './ingress-kind.js';
import { items } from './items.js';

/** What `spec.tls` asks for. */
export interface Tls {
  /** Whether requests of a host are to come over TLS. */
  covers(host: HostPattern): boolean;
}

/**
 * Reads `spec.tls` and asks for its certificates. An entry without hosts is for the hosts of all rules; one without a Secret has the
 * default certificate.
 * @see {@link https://kubernetes.io/docs/concepts/services-networking/ingress/#tls | Kubernetes: TLS}
 */
export function readTls(
  entries: readonly (IngressTls | null)[] | null | undefined,
  ruleHosts: readonly HostPattern[],
  context: TranslateContext,
): Tls {
  const covered = new Set<HostPattern>();
  let coversAll = false;
  for (const [index, entry] of items(entries).entries()) {
    if (typeof entry !== 'object' || entry === null) continue;
    const field = `spec.tls[${index}]`;
    const listed = items(entry.hosts);
    const hosts = hostsOf(listed, field, context);
    for (const host of hosts) covered.add(host);
    if (listed.length === 0) coversAll = true;
    const names = listed.length === 0 ? ruleHosts : hosts;
    const secret = secretOf(entry, field, context);
    // Names that are all wrong are no names at all: the certificate's own would be more than was asked for.
    if (secret !== undefined && (listed.length === 0 || names.length > 0)) {
      context.certificate({ names: [...new Set(names)], secret, field: `${field}.secretName` });
    }
  }
  return { covers: (host) => coversAll || covered.has(host) || (host !== '' && covered.has(wildcardOf(host))) };
}

function hostsOf(listed: readonly (string | null)[], field: string, context: TranslateContext): HostPattern[] {
  const hosts: HostPattern[] = [];
  for (const [index, found] of listed.entries()) {
    const parsed = parseHost(found);
    const problem = 'problem' in parsed ? parsed.problem : parsed.host === '' ? 'Found an empty host; expected a DNS name.' : undefined;
    if (problem === undefined && 'host' in parsed) hosts.push(parsed.host);
    else {
      context.report({
        severity: 'error',
        code: 'HOST_INVALID',
        field: `${field}.hosts[${index}]`,
        message: `${problem ?? ''} This host is left out.`,
      });
    }
  }
  return hosts;
}

function secretOf(entry: IngressTls, field: string, context: TranslateContext): string | undefined {
  const secret: unknown = entry.secretName ?? '';
  if (typeof secret === 'string' && !secret.includes('/')) return secret === '' ? undefined : secret;
  // A namespace cannot be named here, whatever the operator allows elsewhere: this is Kubernetes' own field.
  const found = typeof secret === 'string' ? quote(secret) : 'something that is no text';
  const message = `Found ${found}; expected the name of a Secret of the Ingress's own namespace. The default certificate is served.`;
  context.report({ severity: 'error', code: 'TLS_SECRET_INVALID', field: `${field}.secretName`, message });
  return undefined;
}

/** The one-label wildcard that takes a host: `*.example` for `shop.example`. */
function wildcardOf(host: HostPattern): HostPattern {
  return host.replace(/^[^.]*/, '*');
}

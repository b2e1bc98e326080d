import { isIPv4, isIPv6 } from 'node:net';
import type { Manifest } from './manifest.js';
import { type Shape, fields, list, optional, portNumber, text } from './shape.js';
import { protocol } from './service.js';

interface Subset {
  readonly addresses?: readonly { readonly ip: string }[];
  readonly notReadyAddresses?: readonly { readonly ip: string }[];
  readonly ports?: readonly unknown[];
}

const addresses = optional(
  list(fields({ ip: text('an IPv4 or IPv6 address', (ip) => isIPv4(ip) || (isIPv6(ip) && !ip.includes('%'))) }), 'a list of addresses'),
);

export const endpointsShape: Shape = fields({
  subsets: optional(
    list(
      fields({
        addresses,
        notReadyAddresses: addresses,
        ports: optional(list(fields({ name: optional(text('text')), port: portNumber, protocol: optional(protocol) }), 'a list of ports')),
      }),
      'a list of subsets',
    ),
  ),
});

/** Whether the Endpoints say themselves that they were made by a cluster, which makes EndpointSlices beside them. */
export function isMirrored({ metadata }: Manifest): boolean {
  const { labels = {}, annotations = {} } = metadata as { readonly labels?: object; readonly annotations?: object };
  const marks = ['endpointslice.kubernetes.io/skip-mirror', 'endpoints.kubernetes.io/managed-by'];
  return marks.some((mark) => mark in labels) || 'endpoints.kubernetes.io/last-change-trigger-time' in annotations;
}

/** The EndpointSlice that says the same; nothing where it would take several. */
export function sliceFromEndpoints(endpoints: Manifest): Manifest | undefined {
  const { subsets = [], ...rest } = endpoints as Manifest & { readonly subsets?: readonly Subset[] };
  const { addresses = [], notReadyAddresses = [], ports } = subsets[0] ?? {};
  const all = [...addresses, ...notReadyAddresses];
  const isVersion4 = all.every(({ ip }) => isIPv4(ip));
  if (subsets.length > 1 || !(isVersion4 || all.every(({ ip }) => isIPv6(ip)))) return undefined;
  const metadata = rest['metadata'] as { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  return {
    ...rest,
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata, labels: { ...metadata.labels, 'kubernetes.io/service-name': metadata.name } },
    addressType: isVersion4 ? 'IPv4' : 'IPv6',
    endpoints: all.map(({ ip }, index) => ({ addresses: [ip], conditions: { ready: index < addresses.length } })),
    ...(ports && { ports }),
  };
}

import { BlockList, isIPv4, isIPv6 } from 'node:net';
import type { Manifest } from './manifest.js';
import { dnsLabel, dnsSubdomain, isDnsLabel, isDnsSubdomain } from './names.js';
import { protocol, repeats } from './service.js';
import { type Shape, fields, flag, list, oneOf, optional, portNumber, rule, text } from './shape.js';

// The API server refuses loopback addresses too; from files they are how a laptop's own servers are reached.
const refused = new BlockList();
refused.addAddress('0.0.0.0');
refused.addSubnet('169.254.0.0', 16);
refused.addSubnet('224.0.0.0', 24);
refused.addAddress('::', 'ipv6');
refused.addSubnet('fe80::', 10, 'ipv6');
refused.addSubnet('ff02::', 16, 'ipv6');

interface AddressType {
  readonly accepted: string;
  readonly test: (address: string) => boolean;
}

const addressTypes: Readonly<Record<string, AddressType>> = {
  IPv4: {
    accepted: 'an IPv4 address that is not link-local or 0.0.0.0, as addressType is IPv4',
    test: (address) => isIPv4(address) && !refused.check(address),
  },
  IPv6: {
    accepted: 'an IPv6 address without zone that is not link-local or ::, as addressType is IPv6',
    test: (address) => isIPv6(address) && !address.includes('%') && !refused.check(address, 'ipv6'),
  },
  FQDN: { accepted: `${dnsSubdomain}, as addressType is FQDN`, test: isDnsSubdomain },
};

const conditions = fields({ ready: optional(flag()), serving: optional(flag()), terminating: optional(flag()) });
const ports = list(
  fields({
    name: optional(text(dnsLabel, (name) => name === '' || isDnsLabel(name))),
    protocol: optional(protocol),
    port: optional(portNumber),
  }),
  'a list of 20,000 ports at most',
  { to: 20_000 },
);

/** The shape of a slice depends on its `addressType`. */
export function endpointSliceShape({ addressType }: Manifest): Shape {
  const { accepted, test } = addressTypes[String(addressType)] ?? { accepted: 'text', test: () => true };
  const endpoint = fields({
    addresses: list(text(accepted, test), 'a list of 1 to 100 addresses', { from: 1, to: 100 }),
    conditions: optional(conditions),
  });
  return fields(
    {
      addressType: oneOf(...Object.keys(addressTypes)),
      endpoints: optional(list(endpoint, 'a list of 1,000 endpoints at most', { to: 1000 })),
      ports: optional(ports),
    },
    rule((slice, refuse) => {
      const names = ((slice['ports'] ?? []) as readonly { readonly name?: string }[]).map(({ name }) => name);
      if (repeats(names)) refuse('ports', 'a list in which no two ports have the same name');
    }),
  );
}

/** Sets the `protocol` of ports where it is not said. */
export function endpointSliceDefaults(slice: Manifest): Manifest {
  const ports = slice['ports'] as readonly { readonly protocol?: string }[] | undefined;
  return ports ? { ...slice, ports: ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP' })) } : slice;
}

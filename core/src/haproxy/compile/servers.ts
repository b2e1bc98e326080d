import ipaddr from 'ipaddr.js';
import type { Collection } from '../../resource/collection.js';
import { type Diagnostic, quote } from '../../resource/diagnostic.js';
import { type EndpointSlice, endpointSliceKind, hostAddressesKind, serviceKind } from '../../resource/kinds.js';
import type { Origin } from '../../resource/origin.js';
import { refOf } from '../../resource/resource.js';
import { type EndpointPolicy, EndpointRules } from '../../routing/endpoint-policy.js';
import { partNames } from '../../routing/pool-parts.js';
import type { Pool, PoolTables } from '../../routing/pools.js';
import type { ServedPort } from '../../routing/service-port.js';
import type { StreamPool } from '../../routing/streams.js';
import { isReady, isServing, portKey, serviceOf } from '../../routing/services.js';
import type { DerivedTable, Read, Table, Tables } from '../../table/index.js';
import { rowKey, type ServerRow } from '../rows.js';

/** The servers of all pools: from EndpointSlices, and from the addresses of external names. */
export function servers(
  tables: Tables,
  collection: Collection,
  { pools, served }: PoolTables,
  streams: Table<StreamPool>,
  withReady: Table<true>,
  policy: EndpointPolicy,
): DerivedTable<ServerRow>[] {
  const rules = new EndpointRules(policy);
  const fromSlices = tables.derive<EndpointSlice, ServerRow>(
    'haproxy: servers of slices',
    collection.table(endpointSliceKind),
    (slice, read, key) => {
      const service = serviceOf(slice);
      if (service === undefined) return [];
      const hasReady = (slice.endpoints ?? []).some(isReady);
      const origin: Origin = { object: refOf(slice) };
      const adding: Adding = { rows: new Map(), rules, isOperators: () => collection.isOperators(read, endpointSliceKind, key), read };
      for (const pool of read(served, service) ?? []) {
        const isWanted = hasReady || read(withReady, portKey(service, pool.portName ?? '')) === true ? isReady : isServing;
        for (const port of portsOf(slice, pool)) {
          for (const endpoint of slice.endpoints ?? []) {
            if (!isWanted(endpoint)) continue;
            for (const address of endpoint.addresses) add({ pool, address, port, origin }, adding);
          }
        }
      }
      return adding.rows;
    },
  );
  const ofName = (pool: Pool | StreamPool, read: Read): Iterable<readonly [string, ServerRow]> => {
    const name = pool.externalName;
    if (name === undefined) return [];
    const port = pool.portNumber;
    const tell = (message: string): void => {
      read.note({
        severity: 'error',
        code: 'EXTERNAL_NAME',
        object: pool.origin.object,
        ...(pool.origin.field !== undefined && { field: pool.origin.field }),
        message,
      } satisfies Diagnostic);
    };
    if (policy.externalNames === false) {
      tell(`Service ${quote(pool.service)} is of type ExternalName, which the operator has switched off; the route answers 503.`);
      return [];
    }
    const addresses = read(collection.table(hostAddressesKind), name)?.addresses;
    if (addresses === undefined || port === undefined) return [];
    if (addresses.length === 0)
      tell(`The name ${quote(name)} of Service ${quote(pool.service)} has no address; the route answers 503 until it has.`);
    const of = ` of Service ${quote(pool.service)} for the name ${quote(name)}`;
    const adding: Adding = { rows: new Map(), rules, isOperators: () => collection.isOperators(read, serviceKind, pool.service), of, read };
    for (const part of partNames(pool))
      for (const address of addresses) add({ pool: { ...pool, name: part }, address, port, origin: pool.origin }, adding);
    return adding.rows;
  };
  return [
    fromSlices,
    tables.derive('haproxy: servers of external names', pools, ofName),
    tables.derive('haproxy: servers of external names of streams', streams, ofName),
  ];
}

/** The numbers that a slice has for the port of a pool. Without a number any port is meant, so the Service's own holds. */
function* portsOf(slice: EndpointSlice, pool: ServedPort): Iterable<number> {
  for (const { name = '', port, protocol = 'TCP' } of slice.ports ?? []) {
    if (name !== pool.portName || protocol !== 'TCP') continue;
    const number = port ?? pool.portNumber;
    if (number !== undefined) yield number;
  }
}

interface EndpointAddress {
  readonly pool: ServedPort;
  readonly address: string;
  readonly port: number;
  readonly origin: Origin;
}

/** The servers of one object, and what decides about them. */
interface Adding {
  readonly rows: Map<string, ServerRow>;
  readonly rules: EndpointRules;
  readonly isOperators: () => boolean;
  /** What the addresses are of, where they do not stand in the object itself. */
  readonly of?: string;
  readonly read: Read;
}

function add(endpoint: EndpointAddress, { rows, rules, isOperators, of = '', read }: Adding): void {
  const { address, port, origin } = endpoint;
  const leaveOut = (code: string, why: string): void => {
    const found = `address ${quote(String(address))} and port ${quote(String(port))}${of}`;
    const { object, field } = origin;
    const message = `Found ${found}; ${why}. This endpoint is left out.`;
    read.note({ severity: 'error', code, object, ...(field !== undefined && { field }), message } satisfies Diagnostic);
  };
  const server = serverOf(endpoint);
  if (server === undefined) {
    leaveOut('ADDRESS_INVALID', 'expected an IPv4 or IPv6 address and a port from 1 to 65535');
    return;
  }
  const refusal = rules.refusal(server.address, port, isOperators);
  if (refusal === undefined) rows.set(rowKey(server), server);
  else leaveOut('ENDPOINT_FORBIDDEN', refusal);
}

/** The server of an endpoint, named after it: equal on every replica, and after every restart. */
function serverOf({ pool, address, port, origin }: EndpointAddress): ServerRow | undefined {
  const normal = normalAddress(address);
  if (normal === undefined || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return { type: 'server', backend: pool.name, name: [normal, port].join(':'), address: normal, port, origin };
}

/** Most addresses are plain IPv4 in normal form already. */
const plainV4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

function normalAddress(address: string): string | undefined {
  if (plainV4.test(address)) return address;
  return ipaddr.IPv6.isValid(address) && !address.includes('%') ? ipaddr.IPv6.parse(address).toString() : undefined;
}

import ipaddr from 'ipaddr.js';
import type { Collection } from '../../resource/collection.js';
import { type Diagnostic, quote } from '../../resource/diagnostic.js';
import { type EndpointSlice, endpointSliceKind, hostAddressesKind } from '../../resource/kinds.js';
import type { Origin } from '../../resource/origin.js';
import { refOf } from '../../resource/resource.js';
import type { Pool, PoolTables, ServedPort } from '../../routing/pools.js';
import { isReady, isServing, serviceOf } from '../../routing/services.js';
import type { DerivedTable, Read, Table, Tables } from '../../table/index.js';
import { rowKey, type ServerRow } from '../rows.js';

/** What may become a server. */
export interface EndpointPolicy {
  /** Services of type ExternalName are served. Default true. */
  readonly externalNames?: boolean;
}

/** The servers of all pools: from EndpointSlices, and from the addresses of external names. */
export function servers(
  tables: Tables,
  collection: Collection,
  { pools, served }: PoolTables,
  withReady: Table<true>,
  policy: EndpointPolicy,
): DerivedTable<ServerRow>[] {
  const fromSlices = tables.derive<EndpointSlice, ServerRow>(
    'haproxy: servers of slices',
    collection.table(endpointSliceKind),
    (slice, read) => {
      const service = serviceOf(slice);
      if (service === undefined) return [];
      const isWanted = (slice.endpoints ?? []).some(isReady) || read(withReady, service) === true ? isReady : isServing;
      const rows = new Map<string, ServerRow>();
      const origin: Origin = { object: refOf(slice) };
      for (const pool of read(served, service) ?? []) {
        for (const port of portsOf(slice, pool)) {
          for (const endpoint of slice.endpoints ?? []) {
            if (!isWanted(endpoint)) continue;
            for (const address of endpoint.addresses) add(rows, { pool, address, port, origin }, read);
          }
        }
      }
      return rows;
    },
  );
  const fromNames = tables.derive<Pool, ServerRow>('haproxy: servers of external names', pools, (pool, read) => {
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
    const rows = new Map<string, ServerRow>();
    for (const address of addresses) add(rows, { pool, address, port, origin: pool.origin }, read);
    return rows;
  });
  return [fromSlices, fromNames];
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

function add(rows: Map<string, ServerRow>, endpoint: EndpointAddress, read: Read): void {
  const server = serverOf(endpoint);
  if (server !== undefined) {
    rows.set(rowKey(server), server);
    return;
  }
  const { address, port, origin } = endpoint;
  const found = `address ${quote(String(address))} and port ${quote(String(port))}`;
  const message = `Found ${found}; expected an IPv4 or IPv6 address and a port from 1 to 65535. This endpoint is left out.`;
  read.note({ severity: 'error', code: 'ADDRESS_INVALID', object: origin.object, message } satisfies Diagnostic);
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

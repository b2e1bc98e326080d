import type { Diagnostic } from '../resource/diagnostic.js';
import type { Origin } from '../resource/origin.js';
import { objectKey } from '../resource/resource.js';
import type { DerivedTable, Group, Table, Tables } from '../table/index.js';
import { backendName } from './backend-name.js';
import { decideClaims } from './claims.js';
import type { BackendRef, Owner } from './model.js';
import type { Parted } from './pool-parts.js';
import { servicePort, type ServedPort } from './service-port.js';
import type { ServiceShape } from './services.js';
import type { Translation } from './draft.js';

/** A port of HAProxy that leads to a Service, as one object asks for it. Several may ask for the same port; the oldest has it. */
export interface Stream {
  readonly port: number;
  readonly backend: BackendRef;
  /** HAProxy ends TLS, with the certificates that it serves to HTTPS. */
  readonly tls: boolean;
  readonly owner: Owner;
  readonly origin: Origin;
}

/** The backend of streams that lead to one port of a Service. */
export interface StreamPool extends Parted, ServedPort {
  /** The Service, as namespace/name. */
  readonly service: string;
  readonly externalName?: string;
  readonly origin: Origin;
}

/** A stream, and the name of its backend. */
export interface StreamFrontend extends Omit<Stream, 'backend'> {
  readonly backend: string;
}

/** The streams that hold, by port. */
export interface StreamTables {
  readonly frontends: DerivedTable<StreamFrontend>;
  /** By name. */
  readonly pools: DerivedTable<StreamPool>;
}

/**
 * Finds what streams need.
 * @param taken - Ports on which HAProxy or we listen already, with what for.
 */
export function makeStreams(
  tables: Tables,
  translations: Table<Group<Translation>>,
  services: Table<ServiceShape>,
  taken: ReadonlyMap<number, string>,
): StreamTables {
  const claims = decideClaims<Group<Translation>, Stream>(tables, 'streams', translations, (group) => group.first()?.streams ?? [], {
    of: ({ port }) => String(port),
    words: ({ port }) => `TCP port ${port}`,
  });
  const standing = tables.derive<Group<Translation>, Stream>('streams: standing', translations, (group, read) =>
    claims.standing(read, group.first()?.streams ?? []).flatMap((stream) => {
      const use = taken.get(stream.port);
      if (use === undefined) return [[String(stream.port), stream] as const];
      const { object, field } = stream.origin;
      const message = `TCP port ${stream.port} is the one of ${use}. This stream has no effect; choose another port.`;
      read.note({ severity: 'error', code: 'PORT_TAKEN', object, ...(field !== undefined && { field }), message } satisfies Diagnostic);
      return [];
    }),
  );
  const pooled = tables.derive<Stream, StreamPool & { readonly stream: Stream }>(
    'streams: ports of Services',
    standing,
    (stream, read, key) => {
      const { backend, origin } = stream;
      const service = objectKey({ namespace: backend.namespace, name: backend.service });
      const shape = read(services, service);
      const { portLabel, ...port } = servicePort(backend, origin, shape, read, 'connections to the port are closed');
      const name = backendName({ owner: `${backend.namespace}_tcp`, service, port: portLabel });
      const externalName = shape?.externalName;
      return [[key, { name, parts: 1, service, ...port, ...(externalName !== undefined && { externalName }), origin, stream }]];
    },
  );
  return {
    frontends: tables.derive('streams: frontends', pooled, ({ name, stream }, _read, key) => [[key, { ...stream, backend: name }]]),
    pools: tables.derive('streams: pools', pooled, ({ stream: _stream, ...pool }) => [[pool.name, pool]]),
  };
}

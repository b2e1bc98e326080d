import type { Collection } from '../resource/collection.js';
import { endpointSliceKind, type EndpointSlice, serviceKind, type Service } from '../resource/kinds.js';
import { objectKey } from '../resource/resource.js';
import type { DerivedTable, Tables } from '../table/index.js';

/** The part of a Service that routing needs; changes of annotations do not touch it. */
export interface ServiceShape {
  /** Set for Services of type ExternalName. */
  readonly externalName?: string;
  readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: number | string }[];
}

/** Services by namespace/name. */
export function serviceShapes(tables: Tables, collection: Collection): DerivedTable<ServiceShape> {
  return tables.derive<Service, ServiceShape>('services', collection.table(serviceKind), ({ spec }, _read, key) => [
    [
      key,
      {
        ...(spec?.type === 'ExternalName' && { externalName: (spec.externalName ?? '').toLowerCase().replace(/\.$/, '') }),
        ports: (spec?.ports ?? []).map(({ name = '', port, targetPort = port }) => ({ name, port, targetPort })),
      },
    ],
  ]);
}

/** The label by which an EndpointSlice names its Service. */
const serviceNameLabel = 'kubernetes.io/service-name';

/** The Service of a slice, as namespace/name. */
export function serviceOf(slice: EndpointSlice): string | undefined {
  const name = slice.metadata.labels?.[serviceNameLabel];
  return name === undefined ? undefined : objectKey({ namespace: slice.metadata.namespace ?? '', name });
}

/** The ports of Services that have an endpoint that is ready, by {@link portKey}. */
export function portsWithReady(tables: Tables, collection: Collection): DerivedTable<true> {
  return tables.derive<EndpointSlice, true>('ports with ready endpoints', collection.table(endpointSliceKind), (slice) => {
    const service = serviceOf(slice);
    if (service === undefined || !(slice.endpoints ?? []).some(isReady)) return [];
    return new Map((slice.ports ?? []).map(({ name = '' }) => [portKey(service, name), true]));
  });
}

/** @param service - As namespace/name. @param port - Its name, which may be empty. */
export function portKey(service: string, port: string): string {
  return [service, port].join(' ');
}

/** Readiness that is not said counts as ready. */
export function isReady({ conditions }: NonNullable<EndpointSlice['endpoints']>[number]): boolean {
  return conditions?.ready ?? true;
}

/** Still answers while it goes away: used only where nothing else is ready. */
export function isServing({ conditions }: NonNullable<EndpointSlice['endpoints']>[number]): boolean {
  return conditions?.serving ?? isReady({ addresses: [], ...(conditions && { conditions }) });
}

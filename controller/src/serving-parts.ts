import type { Reporter } from '@signalbox/core';
import { namedPart, namedPartsModule, tokens } from '@signalbox/inversify';
import { haproxyCfg, type HaproxyCfgOptions } from '@signalbox/sink-haproxy-cfg';
import { runtimeApi } from '@signalbox/sink-runtime-api';
import type { ContainerModule } from 'inversify';
import { join } from 'node:path';
import { parts } from './parts.js';

/** What {@link servingParts} takes. @public */
export interface ServingPartsOptions {
  readonly haproxy: HaproxyCfgOptions;
  /** Tells the operator. */
  readonly reporter: Reporter;
  /** Tells the owners of objects. Default: nothing is written to a cluster. */
  readonly clusterReporter?: Reporter;
}

/** Binds where the configuration goes to, and who tells people what is wrong. @public */
export function servingParts({ haproxy, reporter, clusterReporter }: ServingPartsOptions): ContainerModule {
  const logger = haproxy.logger === undefined ? {} : { logger: haproxy.logger };
  return namedPartsModule([
    namedPart({ role: tokens.sink, name: parts.haproxyCfg, make: () => haproxyCfg(haproxy) }),
    namedPart({
      role: tokens.sink,
      name: parts.runtimeApi,
      make: () => runtimeApi({ socket: join(haproxy.runtimeDir, 'haproxy.sock'), ...logger }),
    }),
    namedPart({ role: tokens.reporter, name: parts.log, make: () => reporter }),
    ...(clusterReporter === undefined
      ? []
      : [namedPart({ role: tokens.reporter, name: parts.clusterReporter, make: () => clusterReporter })]),
  ]);
}

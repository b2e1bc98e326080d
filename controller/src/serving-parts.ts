import type { Reporter } from '@signalbox/core';
import { namedPart, namedPartsModule, tokens } from '@signalbox/inversify';
import { haproxyCfg, type HaproxyCfgOptions } from '@signalbox/sink-haproxy-cfg';
import type { ContainerModule } from 'inversify';
import { parts } from './parts.js';

/** Binds where the configuration goes to, and who tells people what is wrong. @public */
export function servingParts({ haproxy, reporter }: { readonly haproxy: HaproxyCfgOptions; readonly reporter: Reporter }): ContainerModule {
  return namedPartsModule([
    namedPart({ role: tokens.sink, name: parts.haproxyCfg, make: () => haproxyCfg(haproxy) }),
    namedPart({ role: tokens.reporter, name: parts.log, make: () => reporter }),
  ]);
}

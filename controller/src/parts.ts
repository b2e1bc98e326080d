import type { DefaultCertificate, DurableSink, ListenOptions, Plugin, Reporter, Source } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { type ControllerSettings, namedPart, namedPartsModule, token, type Token, tokens } from '@signalbox/inversify';
import { dns } from '@signalbox/source-dns';
import { files } from '@signalbox/source-files';
import type { ContainerModule } from 'inversify';
import type { ServiceName } from './cli/values.js';
import type { ManifestFlags } from './cli/options.js';

/** The parts that `signalbox` is composed of. A host that loads our modules may rebind each. @public */
export interface DefaultParts {
  readonly files: Token<Source>;
  readonly dns: Token<Source>;
  readonly ingress: Token<Plugin>;
  readonly haproxyOrg: Token<Plugin>;
  readonly haproxyCfg: Token<DurableSink>;
  readonly log: Token<Reporter>;
}

/** @public */
export const parts: DefaultParts = {
  files: token('part/files'),
  dns: token('part/dns'),
  ingress: token('part/ingress'),
  haproxyOrg: token('part/haproxy-org'),
  haproxyCfg: token('part/haproxy-cfg'),
  log: token('part/log'),
};

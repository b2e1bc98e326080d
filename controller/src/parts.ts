import type { Plugin, Reporter, Sink, Source } from '@signalbox/core';
import { haproxyOrg, type SnippetPolicy } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { namedPart, namedPartsModule, token, type Token, tokens } from '@signalbox/inversify';
import { dns } from '@signalbox/source-dns';
import { files } from '@signalbox/source-files';
import type { ContainerModule } from 'inversify';

/** The parts that `signalbox` is composed of: a host that loads its modules may rebind each. @public */
export interface DefaultParts {
  readonly files: Token<Source>;
  readonly dns: Token<Source>;
  readonly ingress: Token<Plugin>;
  readonly haproxyOrg: Token<Plugin>;
  readonly haproxyCfg: Token<Sink>;
  readonly runtimeApi: Token<Sink>;
  readonly log: Token<Reporter>;
}

/** @public */
export const parts: DefaultParts = {
  files: token('part/files'),
  dns: token('part/dns'),
  ingress: token('part/ingress'),
  haproxyOrg: token('part/haproxy-org'),
  haproxyCfg: token('part/haproxy-cfg'),
  runtimeApi: token('part/runtime-api'),
  log: token('part/log'),
};

/** What {@link readingParts} takes. @public */
export interface ReadingOptions {
  /** Folders and files of manifests. */
  readonly paths: readonly string[];
  /** Whether changes are followed. Default true. */
  readonly follow?: boolean;
  /** The ConfigMap with the global keys, `NAMESPACE/NAME`. */
  readonly configMap?: string;
  /** Where lines of HAProxy are taken as they are. Default: in the ConfigMap only. */
  readonly snippets?: SnippetPolicy;
  /** Serve classes of this name only. */
  readonly className?: string;
  /** With a class name: serve Ingresses without a class too. */
  readonly withoutClass?: boolean;
}

/** Binds where objects come from and what they mean: manifests, names, Ingresses, the haproxy.org annotations. @public */
export function readingParts({
  paths,
  follow = true,
  configMap,
  snippets = {},
  className,
  withoutClass = false,
}: ReadingOptions): ContainerModule {
  return namedPartsModule([
    namedPart({ role: tokens.source, name: parts.files, make: () => files({ paths, follow }) }),
    namedPart({ role: tokens.source, name: parts.dns, make: () => dns() }),
    namedPart({
      role: tokens.plugin,
      name: parts.ingress,
      make: () => ingress({ ...(className !== undefined && { className }), withoutClass }),
    }),
    namedPart({
      role: tokens.plugin,
      name: parts.haproxyOrg,
      make: () => haproxyOrg({ ...(configMap !== undefined && { configMap }), snippets }),
    }),
  ]);
}

import type { Plugin, Reporter, Sink, Source } from '@signalbox/core';
import { haproxyOrg, type SnippetPolicy } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { namedPart, namedPartsModule, token, type Token, tokens } from '@signalbox/inversify';
import { dns } from '@signalbox/source-dns';
import { files } from '@signalbox/source-files';
import { tcpServices } from '@signalbox/tcp-services';
import type { ContainerModule } from 'inversify';
import { type ClusterReading, clusterSource } from './cluster-source.js';

/** The parts that `signalbox` is composed of: a host that loads its modules may rebind each that is there. @public */
export interface DefaultParts {
  readonly files: Token<Source>;
  readonly cluster: Token<Source>;
  readonly dns: Token<Source>;
  readonly ingress: Token<Plugin>;
  readonly haproxyOrg: Token<Plugin>;
  readonly tcpServices: Token<Plugin>;
  readonly haproxyCfg: Token<Sink>;
  readonly runtimeApi: Token<Sink>;
  readonly log: Token<Reporter>;
  readonly clusterReporter: Token<Reporter>;
}

/** @public */
export const parts: DefaultParts = {
  files: token('part/files'),
  cluster: token('part/cluster'),
  dns: token('part/dns'),
  ingress: token('part/ingress'),
  haproxyOrg: token('part/haproxy-org'),
  tcpServices: token('part/tcp-services'),
  haproxyCfg: token('part/haproxy-cfg'),
  runtimeApi: token('part/runtime-api'),
  log: token('part/log'),
  clusterReporter: token('part/cluster-reporter'),
};

/** What {@link readingParts} takes. @public */
export interface ReadingOptions {
  /** Folders and files of manifests. */
  readonly paths: readonly string[];
  /** Default: no cluster is read. Of an object that both have, that of the files counts. */
  readonly cluster?: ClusterReading;
  /** Whether changes are followed. Default true. */
  readonly follow?: boolean;
  /** The ConfigMap with the global keys, `NAMESPACE/NAME`. */
  readonly configMap?: string;
  /** The ConfigMap of TCP ports, `NAMESPACE/NAME`. Default: there are none. */
  readonly tcpConfigMap?: string;
  /** The ConfigMap of error files, `NAMESPACE/NAME`. Default: HAProxy's own answers. */
  readonly errorFiles?: string;
  /** The ConfigMap of pattern files, `NAMESPACE/NAME`. Default: there are none. */
  readonly patternFiles?: string;
  /** Where lines of HAProxy are taken as they are. Default: in the ConfigMap only. */
  readonly snippets?: SnippetPolicy;
  /** Serve classes of this name only. */
  readonly className?: string;
  /** With a class name: serve Ingresses without a class too. */
  readonly withoutClass?: boolean;
}

/** Binds where objects come from and what they mean: manifests, a cluster, names, Ingresses, the haproxy.org annotations. @public */
export function readingParts({
  paths,
  cluster,
  follow = true,
  configMap,
  tcpConfigMap,
  errorFiles,
  patternFiles,
  snippets = {},
  className,
  withoutClass = false,
}: ReadingOptions): ContainerModule {
  return namedPartsModule([
    ...(paths.length === 0 ? [] : [namedPart({ role: tokens.source, name: parts.files, make: () => files({ paths, follow }) })]),
    ...(cluster === undefined ? [] : [namedPart({ role: tokens.source, name: parts.cluster, make: () => clusterSource(cluster) })]),
    namedPart({ role: tokens.source, name: parts.dns, make: () => dns() }),
    namedPart({
      role: tokens.plugin,
      name: parts.ingress,
      make: () => ingress({ ...(className !== undefined && { className }), withoutClass }),
    }),
    namedPart({
      role: tokens.plugin,
      name: parts.haproxyOrg,
      make: () =>
        haproxyOrg({
          ...(configMap !== undefined && { configMap }),
          ...(errorFiles !== undefined && { errorFiles }),
          ...(patternFiles !== undefined && { patternFiles }),
          snippets,
        }),
    }),
    ...(tcpConfigMap === undefined
      ? []
      : [namedPart({ role: tokens.plugin, name: parts.tcpServices, make: () => tcpServices({ configMap: tcpConfigMap }) })]),
  ]);
}

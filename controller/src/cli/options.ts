import type { ListenOptions } from '@signalbox/core';
import { type Command, Option } from 'commander';
import type { SnippetSection } from '@signalbox/haproxy-org';
import {
  collected,
  type NamespacePair,
  namespacedName,
  namespacePairs,
  networkList,
  portNumber,
  portOrNone,
  serviceName,
  type ServiceName,
  wordsOf,
} from './values.js';
import { defaultFolders } from '../default-folders.js';
import type { LogFormat, LogLevel } from '../logging/log.js';

/** What is read, and what of it is meant. */
export interface ManifestFlags extends ReadingFlags {
  readonly files: readonly string[];
}

/** What is meant of that which is read. */
export interface ReadingFlags {
  readonly configmap?: string;
  readonly defaultBackendService?: ServiceName;
  readonly defaultSslCertificate?: string;
  readonly 'ingress.class'?: string;
  readonly emptyIngressClass?: boolean;
  readonly disableServiceExternalName?: boolean;
  readonly allowCrossNamespace?: readonly NamespacePair[];
  readonly enableConfigSnippets?: readonly ('ingress' | 'service')[];
  readonly disableConfigSnippets?: readonly (SnippetSection | 'all')[];
}

export function addManifestOptions(command: Command): void {
  command
    .optionsGroup('Manifests:')
    .addOption(
      new Option('--files <path>', 'a folder or file of manifests; may be given several times, the first wins').argParser(collected),
    );
  addReadingOptions(command);
}

/** Two states of manifests, one of which is to follow the other. */
export function addFromAndToOptions(command: Command): void {
  command
    .optionsGroup('Manifests:')
    .addOption(
      new Option('--from <path>', 'a folder or file of the manifests as they are served; may be given several times').argParser(collected),
    )
    .addOption(
      new Option('--to <path>', 'a folder or file of the manifests that are to be served; may be given several times').argParser(collected),
    );
  addReadingOptions(command);
}

function addReadingOptions(command: Command): void {
  command
    .option('--configmap <namespace/name>', 'the ConfigMap with the global keys', namespacedName)
    .option(
      '--default-backend-service <namespace/name[:port]>',
      'where requests go that no route takes (default: they are answered 404)',
      serviceName,
    )
    .option(
      '--default-ssl-certificate <namespace/name>',
      'Secret of the certificate for all other names (default: a self-signed one)',
      namespacedName,
    )
    .option('--ingress.class <name>', 'serve the IngressClasses of controller haproxy.org/ingress-controller/NAME only')
    .option('--empty-ingress-class', 'with --ingress.class: serve Ingresses without a class too')
    .option('--disable-service-external-name', 'do not serve Services of type ExternalName')
    .addOption(
      new Option(
        '--allow-cross-namespace <from:to>',
        'let annotations in namespace FROM name Secrets of namespace TO; *:TO for any; several by commas, or given several times',
      ).argParser(namespacePairs),
    )
    .option(
      '--enable-config-snippets <list>',
      'objects on which backend-config-snippet works: ingress, service (default: in the ConfigMap only)',
      wordsOf('ingress', 'service'),
    )
    .option(
      '--disable-config-snippets <list>',
      'sections for which snippets work nowhere, not in the ConfigMap either: global, frontend, backend, all',
      wordsOf('global', 'frontend', 'backend', 'all'),
    );
}

/** Where HAProxy listens. */
export interface ListenFlags {
  readonly httpBindPort: number;
  readonly httpsBindPort: number;
  readonly statsBindPort: number;
  readonly healthzBindPort: number;
  readonly localpeerPort: number;
  readonly ipv4BindAddress: string;
  readonly ipv6BindAddress: string;
  readonly disableIpv4?: boolean;
  readonly disableIpv6?: boolean;
  readonly disableHttp?: boolean;
  readonly disableHttps?: boolean;
  readonly fallThrough?: boolean;
  readonly pathPolicy: PathPolicy;
  readonly trustedSources?: readonly string[];
}

type PathPolicy = NonNullable<ListenOptions['pathPolicy']>;

export interface ListenDefaults {
  readonly http: number;
  readonly https: number;
  readonly stats: number;
  /** Without it the option is the command's own business. */
  readonly healthz?: number;
  /** As above. */
  readonly localpeer?: number;
  readonly ipv4: string;
  readonly ipv6: string;
}

export function addListenOptions(command: Command, { http, https, stats, healthz, localpeer, ipv4, ipv6 }: ListenDefaults): void {
  command
    .optionsGroup('Where HAProxy listens:')
    .option('--http-bind-port <port>', 'port of HTTP', portNumber, http)
    .option('--https-bind-port <port>', 'port of HTTPS', portNumber, https)
    .option('--stats-bind-port <port>', 'port of the statistics page and /metrics', portNumber, stats);
  if (healthz !== undefined) command.option('--healthz-bind-port <port>', "port of HAProxy's /healthz", portNumber, healthz);
  if (localpeer !== undefined)
    command.option('--localpeer-port <port>', 'port of loopback by which counters survive a reload', portNumber, localpeer);
  command
    .option('--ipv4-bind-address <address>', 'IPv4 address of HTTP and HTTPS', ipv4)
    .option('--ipv6-bind-address <address>', 'IPv6 address of HTTP and HTTPS', ipv6)
    .option('--disable-ipv4', 'do not listen on IPv4')
    .option('--disable-ipv6', 'do not listen on IPv6')
    .option('--disable-http', 'do not listen for HTTP')
    .option('--disable-https', 'do not listen for HTTPS')
    .option('--fall-through', 'let requests that no path of their host takes go on to wildcard hosts and rules without a host')
    .addOption(
      new Option(
        '--path-policy <when>',
        'which hosts answer 400 to paths that servers may read as other paths; guarded: those with a guard',
      )
        .choices(['always', 'guarded', 'never'] satisfies PathPolicy[])
        .default('guarded' satisfies PathPolicy),
    )
    .option(
      '--trusted-sources <networks>',
      'addresses and networks, separated by commas, of proxies whose X-Forwarded headers are kept; the key trusted-sources of the ConfigMap counts before it (default: none)',
      networkList,
    );
}

/** How HAProxy is run. */
export interface ProcessFlags {
  readonly haproxy?: string;
  readonly configDir: string;
  readonly runtimeDir: string;
  readonly onStop: 'stop' | 'keep';
  readonly controllerPort: number;
}

export function addRunOptions(command: Command): void {
  const { configDir, runtimeDir } = defaultFolders();
  command
    .optionsGroup('Running HAProxy:')
    .option('--haproxy <path>', 'the HAProxy to run (default: $HAPROXY, else the one on the PATH)')
    .option('--config-dir <dir>', 'folder for configurations and the self-signed certificate; kept over restarts', configDir)
    .option('--runtime-dir <dir>', 'folder for sockets, the pid file and the state of servers', runtimeDir)
    .addOption(new Option('--on-stop <what>', 'what becomes of HAProxy at the end').choices(['stop', 'keep']).default('stop'))
    .option('--controller-port <port>', 'port of our own /healthz, /readyz and /metrics; 0 for none', portOrNone, 6060);
}

export interface LogFlags {
  readonly log: LogLevel | 'warning';
  readonly logFormat: LogFormat;
}

export function addLogOptions(command: Command): void {
  command
    .optionsGroup('Log:')
    .addOption(
      new Option('--log <level>', 'what is logged').choices(['trace', 'debug', 'info', 'warn', 'warning', 'error']).default('info'),
    )
    .addOption(new Option('--log-format <form>', 'text on stderr, or JSON on stdout').choices(['text', 'json']).default('text'));
}

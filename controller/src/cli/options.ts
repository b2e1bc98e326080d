import type { ListenOptions } from '@signalbox/core';
import { type Command, Option } from 'commander';
import type { SnippetSection } from '@signalbox/haproxy-org';
import { Flag, RepeatedFlag, Switch } from './flag.js';
import {
  collected,
  ipv4Address,
  ipv6Address,
  type NamespacePair,
  namespacedName,
  namespacePairs,
  networkList,
  portNumber,
  portOrNone,
  serviceName,
  type ServiceName,
  threadSets,
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
  readonly configmapTcpServices?: string;
  readonly configmapErrorfiles?: string;
  readonly configmapPatternfiles?: string;
  readonly defaultBackendService?: ServiceName;
  readonly defaultSslCertificate?: string;
  readonly 'ingress.class'?: string;
  readonly emptyIngressClass?: boolean;
  readonly disableServiceExternalName?: boolean;
  readonly allowCrossNamespace?: readonly NamespacePair[];
  readonly enableConfigSnippets?: readonly ('ingress' | 'service')[];
  readonly disableConfigSnippets?: readonly (SnippetSection | 'all')[];
}

/** Gives a command options under a heading. */
export function addGroup(command: Command, heading: string, options: readonly Option[]): void {
  command.optionsGroup(heading);
  for (const option of options) command.addOption(option);
}

export function addManifestOptions(command: Command): void {
  addGroup(command, 'Manifests:', [
    new RepeatedFlag('--files <path>', 'a folder or file of manifests; may be given several times, the first wins'),
    ...readingOptions(),
  ]);
}

/** Two states of manifests, one of which is to follow the other. */
export function addFromAndToOptions(command: Command): void {
  addGroup(command, 'Manifests:', [
    new Option('--from <path>', 'a folder or file of the manifests as they are served; may be given several times').argParser(collected),
    new Option('--to <path>', 'a folder or file of the manifests that are to be served; may be given several times').argParser(collected),
    ...readingOptions(),
  ]);
}

function readingOptions(): readonly Option[] {
  return [
    new Flag('--configmap <namespace/name>', 'the ConfigMap with the global keys').argParser(namespacedName),
    new Flag(
      '--configmap-tcp-services <namespace/name>',
      'the ConfigMap of TCP ports: PORT: NAMESPACE/SERVICE:PORT, with :ssl where HAProxy ends TLS',
    ).argParser(namespacedName),
    new Flag(
      '--configmap-errorfiles <namespace/name>',
      "the ConfigMap of answers in place of HAProxy's own: a status, and the response as it is sent",
    ).argParser(namespacedName),
    new Flag(
      '--configmap-patternfiles <namespace/name>',
      'the ConfigMap of files of patterns, a name and its lines, for lists and snippets: patterns/NAME',
    ).argParser(namespacedName),
    new Flag(
      '--default-backend-service <namespace/name[:port]>',
      'where requests go that no route takes (default: they are answered 404)',
    ).argParser(serviceName),
    new Flag(
      '--default-ssl-certificate <namespace/name>',
      'Secret of the certificate for all other names (default: a self-signed one)',
    ).argParser(namespacedName),
    new Flag('--ingress.class <name>', 'serve the IngressClasses of controller haproxy.org/ingress-controller/NAME only'),
    new Switch('--empty-ingress-class', 'with --ingress.class: serve Ingresses without a class too'),
    new Switch('--disable-service-external-name', 'do not serve Services of type ExternalName'),
    new Flag(
      '--allow-cross-namespace <from:to>',
      'let annotations in namespace FROM name Secrets of namespace TO; *:TO for any; several by commas, or given several times',
    ).argParser(namespacePairs),
    new Flag(
      '--enable-config-snippets <list>',
      'objects on which backend-config-snippet works: ingress, service (default: in the ConfigMap only)',
    ).argParser(wordsOf('ingress', 'service')),
    new Flag(
      '--disable-config-snippets <list>',
      'sections for which snippets work nowhere, not in the ConfigMap either: global, frontend, backend, all',
    ).argParser(wordsOf('global', 'frontend', 'backend', 'all')),
  ];
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
  readonly httpBindThread?: string;
  readonly httpsBindThread?: string;
  readonly healthzBindThread?: string;
  readonly statsBindThread?: string;
}

type PathPolicy = NonNullable<ListenOptions['pathPolicy']>;

export interface ListenDefaults {
  readonly http: number;
  readonly https: number;
  readonly stats: number;
  /** `free`: one that is free. Without it there is no such option. */
  readonly healthz?: number | 'free';
  /** As above. */
  readonly localpeer?: number | 'free';
  readonly ipv4: string;
  readonly ipv6: string;
}

export function addListenOptions(command: Command, { http, https, stats, healthz, localpeer, ipv4, ipv6 }: ListenDefaults): void {
  const port = (flags: string, description: string, value: number | 'free' | undefined): Flag[] => {
    if (value === undefined) return [];
    const flag = new Flag(flags, description).argParser(portNumber);
    return [value === 'free' ? flag.default(undefined, 'a free one') : flag.default(value)];
  };
  addGroup(command, 'Where HAProxy listens:', [
    ...port('--http-bind-port <port>', 'port of HTTP', http),
    ...port('--https-bind-port <port>', 'port of HTTPS', https),
    ...port('--stats-bind-port <port>', 'port of the statistics page and /metrics', stats),
    ...port('--healthz-bind-port <port>', "port of HAProxy's /healthz", healthz),
    ...port('--localpeer-port <port>', 'port of loopback by which counters survive a reload', localpeer),
    new Flag('--ipv4-bind-address <address>', 'IPv4 address of HTTP and HTTPS').argParser(ipv4Address).default(ipv4),
    new Flag('--ipv6-bind-address <address>', 'IPv6 address of HTTP and HTTPS').argParser(ipv6Address).default(ipv6),
    new Switch('--disable-ipv4', 'do not listen on IPv4'),
    new Switch('--disable-ipv6', 'do not listen on IPv6'),
    new Switch('--disable-http', 'do not listen for HTTP'),
    new Switch('--disable-https', 'do not listen for HTTPS'),
    new Switch('--fall-through', 'let requests that no path of their host takes go on to wildcard hosts and rules without a host'),
    new Flag('--path-policy <when>', 'which hosts answer 400 to paths that servers may read as other paths; guarded: those with a guard')
      .choices(['always', 'guarded', 'never'] satisfies PathPolicy[])
      .default('guarded' satisfies PathPolicy),
    new Flag(
      '--trusted-sources <networks>',
      'addresses and networks, separated by commas, of proxies whose X-Forwarded headers are kept; the key trusted-sources of the ConfigMap counts before it (default: none)',
    ).argParser(networkList),
    ...['http', 'https', 'healthz', 'stats'].map((frontend) =>
      new Flag(`--${frontend}-bind-thread <threads>`, `threads of HAProxy that take connections of ${frontend} (default: all)`).argParser(
        threadSets,
      ),
    ),
  ]);
}

/** How HAProxy is run. */
export interface ProcessFlags {
  readonly haproxy?: string;
  readonly program?: string;
  readonly configDir: string;
  readonly runtimeDir: string;
  /** Of a HAProxy that somebody else runs. */
  readonly masterSocket?: string;
  readonly onStop: 'stop' | 'keep';
  readonly controllerPort: number;
  /** Read once and end. */
  readonly t?: boolean;
}

export function addRunOptions(command: Command): void {
  const { configDir, runtimeDir } = defaultFolders();
  addGroup(command, 'Running HAProxy:', [
    haproxyFlag(),
    new Flag('--program <path>', 'the same as --haproxy, which counts first'),
    new Flag('--config-dir <dir>', 'folder for configurations and the self-signed certificate; kept over restarts').default(configDir),
    new Flag('--runtime-dir <dir>', 'folder for sockets, the pid file and the state of servers').default(runtimeDir),
    new Flag(
      '--master-socket <path>',
      'socket of a HAProxy that somebody else runs, as haproxy -W -S PATH -f CONFIG-DIR/current; it is told to reload, and neither started nor stopped',
    ),
    new Flag('--on-stop <what>', 'what becomes of HAProxy at the end').choices(['stop', 'keep']).default('stop'),
    new Flag('--controller-port <port>', 'port of our own /healthz, /readyz and /metrics; 0 for none').argParser(portOrNone).default(6060),
    new Switch('-t', 'read all there is, tell what is wrong as check does, and end; HAProxy is not run'),
  ]);
}

export function haproxyFlag(): Flag {
  return new Flag('--haproxy <path>', 'the HAProxy to run (default: $HAPROXY, else the one on the PATH)');
}

export interface LogFlags {
  readonly log: LogLevel | 'warning';
  readonly logFormat: LogFormat;
}

export function addLogOptions(command: Command): void {
  addGroup(command, 'Log:', [
    new Flag('--log <level>', 'what is logged').choices(['trace', 'debug', 'info', 'warn', 'warning', 'error']).default('info'),
    new Flag('--log-format <form>', 'text on stderr, or JSON on stdout').choices(['text', 'json']).default('text'),
  ]);
}

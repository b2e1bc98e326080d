import { type Directive, haproxy, Path } from '../emitter/index.js';
import type { ListenOptions } from '../listen-options.js';
import { ours, owned } from '../owned-directive.js';
import type { OwnedDirective, SectionRow } from '../rows.js';
import { refuseAmbiguousEverywhere, refuseAmbiguousOnGuardedHosts } from './ambiguous-path.js';
import { baseDefaults, frontendDefaults } from './defaults.js';
import { findRoute } from './find-route.js';
import { forwardingHeaders, trustedSources } from './forwarding-headers.js';
import type { ClientAuthorities, ListenerSettings } from './listener-settings.js';

/** The backend of requests that no route takes. */
const notFoundBackend = 'signalbox_404';

/** Path of the crt-list. */
export const crtListPath = 'crt-list.txt';

/** All frontends, and the backend behind them that answers 404: the same with ten routes and with ten thousand. */
export function frontends(listen: ListenOptions, said: ListenerSettings): SectionRow[] {
  const { threads = {} } = listen;
  const plain = listen.httpPort === 0 ? [] : listen.addresses.map((address) => bind(address, listen.httpPort, threads.http));
  const secure =
    listen.httpsPort === 0 ? [] : listen.addresses.map((address) => tlsBind(address, listen.httpsPort, threads.https, said.authorities));
  return [
    frontend('http', [...ours(...plain), ...said.closed.listener, ...rules('http', listen, said)]),
    frontend('https', [...secure, ...said.closed.listener, ...said.closed.https, ...rules('https', listen, said)]),
    frontend(
      'healthz',
      ours(
        ...listen.adminAddresses.map((address) => bind(address, listen.healthzPort, threads.healthz)),
        haproxy`monitor-uri /healthz`,
        haproxy`option dontlog-normal`,
      ),
    ),
    frontend('stats', [
      ...ours(
        ...listen.adminAddresses.map((address) => bind(address, listen.statsPort, threads.stats)),
        haproxy`stats enable`,
        haproxy`stats uri /`,
        haproxy`stats refresh 10s`,
      ),
      ...said.closed.listener,
      // Who may read the statistics may read the metrics, and nobody else.
      ...said.statistics,
      ...ours(haproxy`http-request use-service prometheus-exporter if { path /metrics }`),
    ]),
    {
      type: 'section',
      kind: 'backend',
      name: notFoundBackend,
      from: baseDefaults,
      directives: ours(haproxy`http-request return status 404 default-errorfiles`),
    },
  ].filter(
    (section) => section.kind !== 'frontend' || section.directives.some((each) => each.directive.words[0] === 'bind'),
  ) as SectionRow[];
}

/** What becomes of a request, from its first line to its backend. */
function rules(scheme: 'http' | 'https', listen: ListenOptions, said: ListenerSettings): OwnedDirective[] {
  return [
    ...ours(...refuseAmbiguousEverywhere(listen)),
    ...forwardingHeaders(scheme, trustedSources(listen, said)),
    ...ours(...findRoute(listen)),
    ...ours(...refuseAmbiguousOnGuardedHosts(listen)),
    ...said.directives,
    ...ours(...toBackend()),
  ];
}

function frontend(name: string, directives: readonly OwnedDirective[]): SectionRow {
  return { type: 'section', kind: 'frontend', name, from: frontendDefaults, directives };
}

/** An IPv6 bind takes IPv6 only, so that it can stand beside an IPv4 one. */
export function addressWords(address: string, port: number): string[] {
  return [`${address}:${port}`, ...v6only(address)];
}

function bind(address: string, port: number, threads: string | undefined): Directive {
  const at = addressWords(address, port);
  return threads === undefined ? haproxy`bind ${at}` : haproxy`bind ${at} thread ${threads}`;
}

function tlsBind(address: string, port: number, threads: string | undefined, authorities: ClientAuthorities | undefined): OwnedDirective {
  const [at, list] = [addressWords(address, port), new Path(crtListPath)];
  if (authorities === undefined) {
    const plain = haproxy`bind ${at} ssl crt-list ${list} alpn h2,http/1.1`;
    return owned(threads === undefined ? plain : haproxy`bind ${at} ssl crt-list ${list} alpn h2,http/1.1 thread ${threads}`, undefined);
  }
  const { verify } = authorities;
  const { file, origin } = authorities.file;
  const signed = new Path(file);
  return owned(
    threads === undefined
      ? haproxy`bind ${at} ssl crt-list ${list} alpn h2,http/1.1 ca-file ${signed} verify ${verify}`
      : haproxy`bind ${at} ssl crt-list ${list} alpn h2,http/1.1 ca-file ${signed} verify ${verify} thread ${threads}`,
    origin,
  );
}

function v6only(address: string): string[] {
  return address.includes(':') ? ['v6only'] : [];
}

/** Where there is no such backend, and none was found, the default one answers. */
function toBackend(): Directive[] {
  return [haproxy`use_backend %[var(txn.path_match),field(1,.)]`, haproxy`default_backend ${notFoundBackend}`];
}

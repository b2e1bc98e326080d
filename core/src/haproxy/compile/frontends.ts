import { condition, type Directive, haproxy, Path, sample } from '../emitter/index.js';
import type { ListenOptions } from '../listen-options.js';
import type { OwnedDirective, SectionRow } from '../rows.js';
import { routeMaps } from './route-rows.js';
import { baseDefaults, frontendDefaults } from './defaults.js';
import { forwardingHeaders, trustedSources } from './forwarding-headers.js';
import type { ClientAuthorities, ListenerSettings } from './listener-settings.js';

/** The backend of requests that no route takes. */
const notFoundBackend = 'signalbox_404';

/** Path of the crt-list. */
export const crtListPath = 'crt-list.txt';

const map = (name: string): Path => new Path(`maps/${name}.map`);

/** All frontends, and the backend behind them that answers 404: the same with ten routes and with ten thousand. */
export function frontends(listen: ListenOptions, said: ListenerSettings): SectionRow[] {
  const trusted = trustedSources(listen, said);
  const plain = listen.httpPort === 0 ? [] : listen.addresses.map((address) => bind(address, listen.httpPort));
  const secure = listen.httpsPort === 0 ? [] : listen.addresses.map((address) => tlsBind(address, listen.httpsPort, said.authorities));
  return [
    frontend('http', [
      ...own(plain),
      ...said.closed.listener,
      ...forwardingHeaders('http', trusted),
      ...own(findRoute(listen)),
      ...said.directives,
      ...own(toBackend()),
    ]),
    frontend('https', [
      ...secure,
      ...said.closed.listener,
      ...said.closed.https,
      ...forwardingHeaders('https', trusted),
      ...own(findRoute(listen)),
      ...said.directives,
      ...own(toBackend()),
    ]),
    frontend(
      'healthz',
      own([
        ...listen.adminAddresses.map((address) => bind(address, listen.healthzPort)),
        haproxy`monitor-uri /healthz`,
        haproxy`option dontlog-normal`,
      ]),
    ),
    frontend('stats', [
      ...own([
        ...listen.adminAddresses.map((address) => bind(address, listen.statsPort)),
        haproxy`stats enable`,
        haproxy`stats uri /`,
        haproxy`stats refresh 10s`,
        haproxy`http-request use-service prometheus-exporter if { path /metrics }`,
      ]),
      ...said.statistics,
    ]),
    {
      type: 'section',
      kind: 'backend',
      name: notFoundBackend,
      from: baseDefaults,
      directives: [{ directive: haproxy`http-request return status 404` }],
    },
  ].filter(
    (section) => section.kind !== 'frontend' || section.directives.some((each) => each.directive.words[0] === 'bind'),
  ) as SectionRow[];
}

function frontend(name: string, directives: readonly OwnedDirective[]): SectionRow {
  return { type: 'section', kind: 'frontend', name, from: frontendDefaults, directives };
}

function own(directives: readonly Directive[]): OwnedDirective[] {
  return directives.map((directive) => ({ directive }));
}

/** An IPv6 bind takes IPv6 only, so that it can stand beside an IPv4 one. */
function bind(address: string, port: number): Directive {
  return haproxy`bind ${[`${address}:${port}`, ...v6only(address)]}`;
}

function tlsBind(address: string, port: number, authorities: ClientAuthorities | undefined): OwnedDirective {
  const words = [`${address}:${port}`, ...v6only(address)];
  const crtList = new Path(crtListPath);
  if (authorities === undefined) return { directive: haproxy`bind ${words} ssl crt-list ${crtList} alpn h2,http/1.1` };
  const { file, verify, origin } = authorities;
  return {
    directive: haproxy`bind ${words} ssl crt-list ${crtList} alpn h2,http/1.1 ca-file ${new Path(file)} verify ${verify}`,
    ...(origin && { origin }),
  };
}

function v6only(address: string): string[] {
  return address.includes(':') ? ['v6only'] : [];
}

/** Finds backend and rule set: exact host, else one-label wildcard, else no host; there the exact path, else the longest prefix. */
function findRoute(listen: ListenOptions): Directive[] {
  return [
    haproxy`http-request set-var(txn.base) base`,
    haproxy`http-request set-var(txn.path) path`,
    haproxy`http-request set-var(txn.host) req.fhdr(Host),host_only,lower,rtrim(.)`,
    ...(listen.fallThrough === true ? fallingThrough() : oneHost()),
    // The key of the default route: no path of a host looks like it.
    haproxy`http-request set-var(txn.path_match) str(*),map_str(${map(routeMaps.exact)}) unless { var(txn.path_match) -m found }`,
    haproxy`http-request set-var(txn.rs) var(txn.path_match),field(2,.)`,
  ];
}

/** Where there is no such backend, and none was found, the default one answers. */
function toBackend(): Directive[] {
  return [haproxy`use_backend %[var(txn.path_match),field(1,.)]`, haproxy`default_backend ${notFoundBackend}`];
}

const exactHost = (): Directive => haproxy`http-request set-var(txn.host_match) var(txn.host),map_str(${map(routeMaps.host)})`;
// The first label of a name that a wildcard takes is not empty: ".example" is no host of "*.example".
const wildcardHost = sample`var(txn.host),field(2,.,0),map_str(${map(routeMaps.wildcard)})`;
const exactPath = sample`var(txn.host_match),concat(,txn.path),map_str(${map(routeMaps.exact)})`;
const longestPrefix = sample`var(txn.host_match),concat(,txn.path,/),map_beg(${map(routeMaps.prefix)})`;
const noWildcard = condition`{ var(txn.host) -m beg . }`;

/** The nearest host pattern decides alone; what none of its paths takes goes to the default backend. */
function oneHost(): Directive[] {
  return [
    exactHost(),
    haproxy`http-request set-var(txn.host_match) ${wildcardHost} unless { var(txn.host_match) -m found } || ${noWildcard}`,
    haproxy`http-request set-var(txn.host_match) str() unless { var(txn.host_match) -m found }`,
    haproxy`http-request set-var(txn.path_match) ${exactPath}`,
    haproxy`http-request set-var(txn.path_match) ${longestPrefix} unless { var(txn.path_match) -m found }`,
  ];
}

/** What no path of a host pattern takes is tried with the next wider one. */
function fallingThrough(): Directive[] {
  return [
    exactHost(),
    ...pathOf(),
    haproxy`http-request set-var(txn.host_match) ${wildcardHost} unless { var(txn.path_match) -m found } || ${noWildcard}`,
    ...pathOf(),
    haproxy`http-request set-var(txn.host_match) str() unless { var(txn.path_match) -m found }`,
    ...pathOf(),
  ];
}

function pathOf(): Directive[] {
  return [exactPath, longestPrefix].map(
    (path) => haproxy`http-request set-var(txn.path_match) ${path} if { var(txn.host_match) -m found } !{ var(txn.path_match) -m found }`,
  );
}

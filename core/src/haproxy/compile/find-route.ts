import { type Condition, condition, type Directive, haproxy, Path, sample, type SampleExpression } from '../emitter/index.js';
import type { ListenOptions } from '../listen-options.js';
import { routeMaps } from './route-rows.js';

const map = (name: string): Path => new Path(`maps/${name}.map`);

/** The pattern that is the host itself. */
export const exactHost: SampleExpression = sample`var(txn.host),map_str(${map(routeMaps.host)})`;
/** The pattern that takes the host's first label for a star; not where {@link noWildcard} holds. */
export const wildcardHost: SampleExpression = sample`var(txn.host),field(2,.,0),map_str(${map(routeMaps.wildcard)})`;
/** The first label of a name that a wildcard takes is not empty: ".example" is no host of "*.example". */
export const noWildcard: Condition = condition`{ var(txn.host) -m beg . }`;

const exactPath = sample`var(txn.host_match),concat(,txn.path),map_str(${map(routeMaps.exact)})`;
const longestPrefix = sample`var(txn.host_match),concat(,txn.path,/),map_beg(${map(routeMaps.prefix)})`;

/** Finds backend and rule set: exact host, else one-label wildcard, else no host; there the exact path, else the longest prefix. */
export function findRoute(listen: ListenOptions): Directive[] {
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

/** The nearest host pattern decides alone; what none of its paths takes goes to the default backend. */
function oneHost(): Directive[] {
  return [
    haproxy`http-request set-var(txn.host_match) ${exactHost}`,
    haproxy`http-request set-var(txn.host_match) ${wildcardHost} unless { var(txn.host_match) -m found } || ${noWildcard}`,
    haproxy`http-request set-var(txn.host_match) str() unless { var(txn.host_match) -m found }`,
    haproxy`http-request set-var(txn.path_match) ${exactPath}`,
    haproxy`http-request set-var(txn.path_match) ${longestPrefix} unless { var(txn.path_match) -m found }`,
  ];
}

/** What no path of a host pattern takes is tried with the next wider one. */
function fallingThrough(): Directive[] {
  return [
    haproxy`http-request set-var(txn.host_match) ${exactHost}`,
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

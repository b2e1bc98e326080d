import { type Condition, condition, type Directive, haproxy, Path, Regex } from '../emitter/index.js';
import { ambiguousPath } from '../../routing/ambiguous-path.js';
import type { ListenOptions } from '../listen-options.js';
import { exactHost, noWildcard, wildcardHost } from './find-route.js';
import { guardedDefaultKey, routeMaps } from './route-rows.js';

/** A request target that is no path, such as `*` or the host alone, is looked up as an empty one and read by servers as they like. */
const isAmbiguous = condition`{ path -m reg -i ${new Regex(ambiguousPath)} } or !{ path -m found }`;

/** Policy `always`: nothing else looks at such a request. */
export function refuseAmbiguousEverywhere({ pathPolicy }: ListenOptions): Directive[] {
  return pathPolicy === 'always' ? [haproxy`http-request deny deny_status 400 if ${isAmbiguous}`] : [];
}

/** Policy `guarded`, after the host has been looked up. Which hosts are guarded is looked up for ambiguous paths alone. */
export function refuseAmbiguousOnGuardedHosts({ pathPolicy = 'guarded', fallThrough = false }: ListenOptions): Directive[] {
  if (pathPolicy !== 'guarded') return [];
  return [
    haproxy`http-request set-var(txn.ambiguous) bool(true) if ${isAmbiguous}`,
    ...[...(fallThrough ? patternsInTurn : [nearestPattern]), defaultRoute].map(
      (isGuarded) => haproxy`http-request deny deny_status 400 if { var(txn.ambiguous) -m found } ${isGuarded}`,
    ),
  ];
}

const guarded = new Path(`maps/${routeMaps.guarded}.map`);
const nearestPattern = condition`{ var(txn.host_match),concat(/),map_str(${guarded}) -m found }`;
const defaultRoute = condition`{ str(${guardedDefaultKey}),map_str(${guarded}) -m found }`;

/** All host patterns that a request may fall through to. */
const patternsInTurn: readonly Condition[] = [
  condition`{ ${exactHost},concat(/),map_str(${guarded}) -m found }`,
  condition`{ ${wildcardHost},concat(/),map_str(${guarded}) -m found } !${noWildcard}`,
  condition`{ str(/),map_str(${guarded}) -m found }`,
];

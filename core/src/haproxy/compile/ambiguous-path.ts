import { type Condition, condition, type Directive, haproxy, Path, Regex } from '../emitter/index.js';
import type { ListenOptions } from '../listen-options.js';
import { exactHost, noWildcard, wildcardHost } from './find-route.js';
import { guardedDefaultKey, routeMaps } from './route-rows.js';

/**
 * A path that a server may read as another one than HAProxy, which compares paths as they are received. The time is that of one pass,
 * and nothing is kept to come back to: a client that exhausts the stack of the expression would pass for one whose path does not match.
 */
const ambiguousPath = new Regex(
  [
    // Not from the root, or nothing.
    String.raw`^(?:[^/]|$)`,
    String.raw`//`,
    // Dot segments.
    String.raw`/\.\.?(?:/|$)`,
    // Parameters of a segment, the other slash, a fragment, and bytes that only begin overlong UTF-8.
    String.raw`[;\\#\xc0\xc1]`,
    // One of . / \ ; NUL, an unreserved character, or overlong UTF-8; encoded, and encoded again (%252e).
    String.raw`%(?:25)*+(?:00|2[def]|3[0-9b]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9ae]|c[01])`,
    // A percent sign that encodes nothing.
    String.raw`%(?:[^0-9a-f]|[0-9a-f][^0-9a-f]|[0-9a-f]?$)`,
  ].join('|'),
);

/** A request target that is no path, such as `*` or the host alone, is looked up as an empty one and read by servers as they like. */
const isAmbiguous = condition`{ path -m reg -i ${ambiguousPath} } or !{ path -m found }`;

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

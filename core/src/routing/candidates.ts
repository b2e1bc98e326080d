import { quote } from '../resource/diagnostic.js';
import { formatRef } from '../resource/resource.js';
import type { Candidate, Found } from './decision.js';
import { isExact, lengthOf, patternsFor, takesPath } from './match.js';
import type { Route } from './model.js';
import type { AskedRoute } from './routing-model.js';

/** The routes that a request might have been meant for and did not go to, with the reason; the nearest first. */
export function candidatesFor(asked: readonly AskedRoute[], found: Found, fallThrough?: boolean): readonly Candidate[] {
  const patterns = patternsFor(found.host);
  const others = asked.filter(({ route }) => route !== found.route && route.path !== 'default');
  const taking = others.filter(({ route }) => takesPath(route, found.path));
  // Where no path fits, the paths of the host are what one might have meant.
  const nearby = taking.length === 0 && isUnrouted(found) ? others.filter(({ route }) => route.host === found.pattern) : taking;
  const places = nearby.toSorted((a, b) => rank(a.route, patterns) - rank(b.route, patterns));
  return places.map((each) => ({ route: each.route, because: reasonMessage(each, found, fallThrough) }));
}

function isUnrouted({ route }: Found): boolean {
  return route === undefined || route.path === 'default';
}

/** Nearer hosts first; there exact paths, then longer ones. */
function rank(route: Route, patterns: readonly string[]): number {
  return patterns.indexOf(route.host) * 1e6 - (isExact(route) ? 1e5 : 0) - lengthOf(route);
}

function reasonMessage({ route, heldBy }: AskedRoute, found: Found, fallThrough?: boolean): string {
  const { pattern = '', route: chosen } = found;
  if (route !== heldBy) {
    const isSame = route.owner.key === heldBy.owner.key;
    return isSame ? `stands twice: ${quote(heldBy.origin.field ?? '')} counts` : `claimed earlier by ${formatRef(heldBy.origin.object)}`;
  }
  if (!takesPath(route, found.path)) return 'does not take this path';
  if (route.host === chosen?.host) return isExact(chosen) ? 'an exact path comes first' : 'shorter prefix';
  if (fallThrough === true) return `less specific host: a path of ${quote(pattern)} takes the request`;
  return `${quote(pattern)} is the nearer host, so ${quote(route.host || 'any host')} is not tried`;
}

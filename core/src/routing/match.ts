import type { HostPattern, Route } from './model.js';
import type { AskedRoute } from './routing-model.js';

/** The patterns that take a host, the nearest first. */
export function patternsFor(host: string): readonly HostPattern[] {
  const dot = host.indexOf('.');
  const exact = host === '' || host.startsWith('*.') ? [] : [host];
  return [...exact, ...(dot > 0 ? [`*${host.slice(dot)}`] : []), ''];
}

/** The routes that have their claims. */
export function standingOf(asked: readonly AskedRoute[]): readonly Route[] {
  return asked.flatMap(({ route, heldBy }) => (route === heldBy ? [route] : []));
}

/** The patterns whose paths are looked at: the nearest that a route names, and with `fallThrough` the wider ones after it. */
export function patternsTried(standing: readonly Route[], host: string, fallThrough: boolean = false): readonly HostPattern[] {
  const isNamed = (pattern: HostPattern): boolean => standing.some((route) => route.path !== 'default' && route.host === pattern);
  return patternsFor(host)
    .filter(isNamed)
    .slice(0, fallThrough ? undefined : 1);
}

/** Whether the path of a route takes a path: by elements, or by characters. */
export function takesPath({ path: match }: Route, path: string): boolean {
  if (match === 'default') return false;
  const { type, value } = match;
  if (type === 'exact') return path === value;
  if (value === '/') return true;
  return type === 'text' ? path.startsWith(value) : path === value || path.startsWith(`${value}/`);
}

export function isExact({ path }: Route): boolean {
  return path !== 'default' && path.type === 'exact';
}

/** How much of a path a route names. */
export function lengthOf({ path }: Route): number {
  return path === 'default' ? 0 : path.value.length;
}

import type { HostPattern, Route } from './model.js';

/** The patterns that take a host, the nearest first. */
export function patternsFor(host: string): readonly HostPattern[] {
  const dot = host.indexOf('.');
  const exact = host === '' || host.startsWith('*.') ? [] : [host];
  return [...exact, ...(dot > 0 ? [`*${host.slice(dot)}`] : []), ''];
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

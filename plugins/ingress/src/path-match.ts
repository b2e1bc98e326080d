import { type PathMatch, quote } from '@signalbox/core';
import type { IngressPath } from './ingress-kind.js';

/** A path as the routing model has it, or which field keeps it from being one. */
export type ParsedPath =
  | { readonly match: PathMatch }
  | { readonly code: 'PATH_INVALID' | 'PATH_TYPE_INVALID'; readonly field: 'path' | 'pathType'; readonly problem: string };

const types: ReadonlyMap<string, PathMatch['type']> = new Map([
  ['Exact', 'exact'],
  ['Prefix', 'prefix'],
  ['ImplementationSpecific', 'text'],
]);

/** What a request's path can hold: visible ASCII. A query or fragment is never part of it. */
const requestPath = /^\/(?:(?![?#])[!-~])*$/;

/** What the API server refuses for Exact and Prefix, since proxies and applications read it differently. */
const ambiguous = /\/\/|\/\.{1,2}(?:\/|$)|%2f/i;

/**
 * Reads one path. An absent or empty one is `/`, and needs no type.
 * @see {@link https://kubernetes.io/docs/concepts/services-networking/ingress/#path-types | Kubernetes: path types}
 */
export function parsePath({ path, pathType }: Pick<IngressPath, 'path' | 'pathType'>): ParsedPath {
  const value = path ?? '';
  const isRoot = value === '' || value === '/';
  const isUntyped = pathType === undefined || pathType === null || pathType === '';
  const type = isUntyped ? (isRoot ? 'prefix' : undefined) : types.get(pathType);
  if (type === undefined) {
    const found = isUntyped ? 'No path type' : `Found ${quote(String(pathType))}`;
    return {
      code: 'PATH_TYPE_INVALID',
      field: 'pathType',
      problem: `${found}; expected "Exact", "Prefix" or "ImplementationSpecific".`,
    };
  }
  if (isRoot) return { match: { type: type === 'exact' ? 'exact' : 'prefix', value: '/' } };
  const problem = pathProblem(value, type);
  return problem === undefined ? { match: { type, value } } : { code: 'PATH_INVALID', field: 'path', problem };
}

function pathProblem(value: unknown, type: PathMatch['type']): string | undefined {
  if (typeof value !== 'string') return 'Found something that is no text; expected a path that begins with "/".';
  if (!value.startsWith('/')) return `Found ${quote(value)}; expected a path that begins with "/".`;
  if (!requestPath.test(value)) {
    return `Found ${quote(value)}; expected a path as requests have it: without blanks, "?" and "#", other characters percent-encoded.`;
  }
  if (type !== 'text' && ambiguous.test(value)) {
    return `Found ${quote(value)}; expected a path without "//", "/./", "/../" and "%2f", as the API server does.`;
  }
  return undefined;
}

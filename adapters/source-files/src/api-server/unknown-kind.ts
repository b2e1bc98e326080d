import { quote } from '@signalbox/core';
import { distance } from 'fastest-levenshtein';
import { knownKindNames } from './known-kinds.js';
import type { Problem } from './problem.js';

const ownGroups = new Set(['', 'networking.k8s.io', 'discovery.k8s.io', 'extensions']);
const farthest = 2;

/**
 * Tells of a kind that nobody knows and that looks like one of those read here: `ingress`, or an Ingress of `v1`. Kinds of other groups
 * may well be somebody's own.
 */
export function unknownKind(apiVersion: string, kind: string): Problem[] {
  const names = [...knownKindNames()];
  if (names.includes(`${apiVersion} ${kind}`) || apiVersion.length + kind.length > 200) return [];
  const meant = names.find((name) => isMeant(name, apiVersion, kind));
  if (meant === undefined) return [];
  const [version = '', name = ''] = meant.split(' ');
  const message = `found ${quote(kind)} of ${quote(apiVersion)}, which Kubernetes does not have; it is passed over. Did you mean kind ${name} of apiVersion ${version}?`;
  return [{ severity: 'warning', code: 'KIND_UNKNOWN', message: message.replace(/\.$/, '') }];
}

function isMeant(known: string, apiVersion: string, kind: string): boolean {
  const [version = '', name = ''] = known.split(' ');
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  // A group without a dot is Kubernetes' own, and none of the others has these kinds.
  const mayBeMistyped = ownGroups.has(group) || !group.includes('.') || distance(apiVersion, version) <= farthest;
  return mayBeMistyped && distance(kind.toLowerCase(), name.toLowerCase()) <= (ownGroups.has(group) ? farthest : 0);
}

import { kindKey, type NamespacePolicy, secretKind } from '@signalbox/core';
import type { NamespacePair } from './cli/values.js';

/** Lets the pairs through, for Secrets and nothing else. */
export function namespacePolicyOf(pairs: readonly NamespacePair[]): NamespacePolicy {
  return (from, to, kind) =>
    kindKey(kind) === kindKey(secretKind) && pairs.some((pair) => pair.to === to && (pair.from === '*' || pair.from === from));
}

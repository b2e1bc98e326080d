import type { Family, Scope } from '@signalbox/core';

/** Where an operator may switch snippets off. @public */
export type SnippetSection = 'global' | 'frontend' | 'backend';

/**
 * Where snippets are taken. A snippet can do what HAProxy can: read files, run Lua, change what others get. So that is the operator's
 * choice.
 * @public
 */
export interface SnippetPolicy {
  /** Objects on which `backend-config-snippet` works. Default: none, so that it works in the operator's ConfigMap only. */
  readonly enabledOn?: readonly ('ingress' | 'service')[];
  /** Sections for which snippets work nowhere; counts before `enabledOn`. The statistics page is a frontend. */
  readonly disabled?: readonly SnippetSection[];
}

const objects = { ingress: 'Ingresses', service: 'Services' } as const;

/** In which scopes the snippets for a section are forbidden, and what the operator could set. */
export function forbiddenBy({ enabledOn = [], disabled = [] }: SnippetPolicy, section: SnippetSection): NonNullable<Family['forbidden']> {
  const reasons: Partial<Record<Scope, string>> = {};
  for (const scope of ['ingress', 'service'] as const) {
    if (!enabledOn.includes(scope))
      reasons[scope] = `the operator does not allow it on ${objects[scope]} (--enable-config-snippets=${scope} would).`;
  }
  if (!disabled.includes(section)) return reasons;
  const reason = `the operator has disabled it, by --disable-config-snippets=${section} or all.`;
  return { global: reason, ingress: reason, service: reason };
}

import { type AnyFamily, family, snippet } from '@signalbox/core';
import { forbiddenBy, type SnippetPolicy } from './snippet-policy.js';

/**
 * Lines of HAProxy for its sections, as their authors wrote them. Those of backends stand behind the rules of routes, so that they cannot
 * let a request pass before a guard has looked.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.1 | HAProxy: keywords by section}
 * @public
 */
export function configSnippets(policy: SnippetPolicy): readonly AnyFamily[] {
  return [globalSnippet(policy), frontendSnippet(policy), statsSnippet(policy), backendSnippet(policy)];
}

function globalSnippet(policy: SnippetPolicy): AnyFamily {
  return family({
    name: 'global-config-snippet',
    since: '0.1.0',
    scopes: ['global'],
    on: 'global',
    forbidden: forbiddenBy(policy, 'global'),
    keys: { 'global-config-snippet': snippet({ doc: 'Lines of HAProxy for its global section.' }) },
    apply({ 'global-config-snippet': lines = [] }, { global }) {
      for (const line of lines) global.add(line);
    },
  });
}

function frontendSnippet(policy: SnippetPolicy): AnyFamily {
  return family({
    name: 'frontend-config-snippet',
    since: '0.1.0',
    scopes: ['global'],
    on: 'listener',
    forbidden: forbiddenBy(policy, 'frontend'),
    keys: { 'frontend-config-snippet': snippet({ doc: 'Lines of HAProxy for the frontends of HTTP and HTTPS.' }) },
    apply({ 'frontend-config-snippet': lines = [] }, { listener }) {
      for (const line of lines) listener.add(line);
    },
  });
}

function statsSnippet(policy: SnippetPolicy): AnyFamily {
  return family({
    name: 'stats-config-snippet',
    since: '0.1.0',
    scopes: ['global'],
    on: 'listener',
    forbidden: forbiddenBy(policy, 'frontend'),
    keys: { 'stats-config-snippet': snippet({ doc: 'Lines of HAProxy for the frontend of the statistics page.' }) },
    apply({ 'stats-config-snippet': lines = [] }, { listener }) {
      for (const line of lines) listener.statistics.add(line);
    },
  });
}

function backendSnippet(policy: SnippetPolicy): AnyFamily {
  return family({
    name: 'backend-config-snippet',
    since: '0.1.0',
    scopes: ['global', 'ingress', 'service'],
    on: 'pool',
    inherited: false,
    forbidden: forbiddenBy(policy, 'backend'),
    keys: {
      'backend-config-snippet': snippet({
        gathered: true,
        doc: 'Lines of HAProxy for the backend: those of the ConfigMap, of the Ingress and of the Service. On the last two only where the operator allows it.',
      }),
    },
    apply({ 'backend-config-snippet': parts }, { pool }) {
      for (const line of parts.flat()) pool.add(line);
    },
  });
}

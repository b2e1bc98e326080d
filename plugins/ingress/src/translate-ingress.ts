import type { BackendRef, HostPattern, TranslateContext } from '@signalbox/core';
import { parseBackend } from './backend-ref.js';
import { parseHost } from './host-name.js';
import type { Ingress, IngressPath, IngressRule } from './ingress-kind.js';
import { items } from './items.js';
import { parsePath } from './path-match.js';
import { readTls, type Tls } from './tls.js';

/** A rule whose host can be read. */
interface HostRule {
  readonly host: HostPattern;
  readonly paths: readonly (IngressPath | null)[];
  readonly field: string;
}

/** Turns an Ingress that is ours into routes and certificates. What cannot be read is told, and hurts nothing beside it. */
export function translateIngress({ metadata, spec }: Ingress, context: TranslateContext): void {
  const namespace = metadata.namespace ?? '';
  const otherwise = defaultBackendOf(spec?.defaultBackend, namespace, context);
  const rules = items(spec?.rules).flatMap((rule, index) => hostRule(rule, `spec.rules[${index}]`, context));
  const hosts = rules.map(({ host }) => host).filter((host) => host !== '');
  const tls = readTls(spec?.tls, hosts, context);
  for (const rule of rules) {
    if (rule.paths.length === 0) allPaths(rule, otherwise, tls, context);
    for (const [index, path] of rule.paths.entries())
      onePath(rule, path, `${rule.field}.http.paths[${index}]`, { namespace, tls, context });
  }
}

function defaultBackendOf(
  found: NonNullable<Ingress['spec']>['defaultBackend'],
  namespace: string,
  context: TranslateContext,
): BackendRef | undefined {
  if (found === undefined || found === null) return undefined;
  const field = 'spec.defaultBackend';
  const parsed = parseBackend(found, namespace);
  if ('backend' in parsed) {
    context.defaultBackend({ backend: parsed.backend, field });
    return parsed.backend;
  }
  context.report({ severity: 'error', code: parsed.code, field, message: `${parsed.problem} The Ingress has no default backend.` });
  return undefined;
}

function hostRule(rule: IngressRule | null, field: string, context: TranslateContext): HostRule[] {
  const parsed = parseHost(rule?.host);
  if ('host' in parsed) return [{ host: parsed.host, paths: items(rule?.http?.paths), field }];
  context.report({
    severity: 'error',
    code: 'HOST_INVALID',
    field: `${field}.host`,
    message: `${parsed.problem} This rule has no effect.`,
  });
  return [];
}

/** A rule without paths sends its host to the Ingress's own default backend. */
function allPaths({ host, field }: HostRule, backend: BackendRef | undefined, tls: Tls, context: TranslateContext): void {
  if (backend === undefined) {
    const message = 'The rule has no paths and the Ingress no default backend, so it has no effect. Add a path or spec.defaultBackend.';
    context.report({ severity: 'warning', code: 'RULE_WITHOUT_PATHS', field, message });
    return;
  }
  // Without a host either, the rule says no more than spec.defaultBackend does.
  if (host !== '') context.route({ host, path: { type: 'prefix', value: '/' }, backend, tls: tls.covers(host), field });
}

interface PathContext {
  readonly namespace: string;
  readonly tls: Tls;
  readonly context: TranslateContext;
}

function onePath({ host }: HostRule, path: IngressPath | null, field: string, { namespace, tls, context }: PathContext): void {
  const parsed = parsePath(path ?? {});
  if ('problem' in parsed) {
    const message = `${parsed.problem} This path has no effect.`;
    context.report({ severity: 'error', code: parsed.code, field: `${field}.${parsed.field}`, message });
    return;
  }
  const target = parseBackend(path?.backend, namespace);
  if ('problem' in target) {
    context.report({ severity: 'error', code: target.code, field: `${field}.backend`, message: `${target.problem} The path answers 503.` });
  }
  // The path keeps its place: its requests must not fall to a shorter path's backend.
  const backend = 'backend' in target ? target.backend : { namespace, service: '' };
  context.route({ host, path: parsed.match, backend, tls: tls.covers(host), field: `${field}.path` });
}

import {
  type CertificateDraft,
  type Diagnostic,
  kindKey,
  objectKey,
  type Resource,
  type RouteDraft,
  type TranslateContext,
} from '@signalbox/core';
import type { Ingress } from '../ingress-kind.js';
import type { IngressClass } from '../ingress-class-kind.js';

/** What a translation of one Ingress asked for and said. */
export interface Translated {
  readonly routes: RouteDraft[];
  readonly defaults: Parameters<TranslateContext['defaultBackend']>[0][];
  readonly certificates: CertificateDraft[];
  readonly said: Omit<Diagnostic, 'object' | 'source'>[];
}

/** A context that keeps what it is told, in a world of some objects. */
export function contextOf(objects: readonly Resource[] = []): TranslateContext & Translated {
  const of = (kind: { readonly group: string; readonly kind: string }): readonly Resource[] =>
    objects.filter((object) => kindKey({ group: object.apiVersion.split('/').at(-2) ?? '', kind: object.kind }) === kindKey(kind));
  const kept: Translated = { routes: [], defaults: [], certificates: [], said: [] };
  return {
    ...kept,
    get: (kind, namespace, name) => of(kind).find(({ metadata }) => objectKey(metadata) === objectKey({ namespace, name })) as never,
    list: (kind) => of(kind) as never,
    route: (draft) => void kept.routes.push(draft),
    defaultBackend: (draft) => void kept.defaults.push(draft),
    stream: notOfIngresses,
    errorFile: notOfIngresses,
    patternFile: notOfIngresses,
    certificate: (draft) => void kept.certificates.push(draft),
    report: (diagnostic) => void kept.said.push(diagnostic),
  };
}

function notOfIngresses(): never {
  throw new Error('An Ingress asks for no TCP port, and gives no files.');
}

/** An Ingress `default/web`. */
export function ingressWith(spec: unknown, annotations: Readonly<Record<string, string>> = {}): Ingress {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { namespace: 'default', name: 'web', annotations },
    spec: spec as Ingress['spec'] & object,
  };
}

/** An IngressClass. */
export function classWith(
  name: string,
  controller: string,
  options: { readonly isDefault?: boolean; readonly created?: string } = {},
): IngressClass {
  const { isDefault = false, created } = options;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: {
      name,
      ...(isDefault && { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } }),
      ...(created !== undefined && { creationTimestamp: created }),
    },
    spec: { controller },
  };
}

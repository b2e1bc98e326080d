import type { ResourceKind } from '@signalbox/core';
import { isOfClusters } from './kubernetes-source.js';
import type { KubernetesOptions } from './options.js';
import { Scopes } from './scopes.js';

/**
 * One rule of a Role or ClusterRole.
 * @see {@link https://kubernetes.io/docs/reference/access-authn-authz/rbac/ | Kubernetes: RBAC}
 * @public
 */
export interface RbacRule {
  /** Empty text: the core group. */
  readonly apiGroups: readonly string[];
  /** Plural names, also of parts: `ingresses/status`. */
  readonly resources: readonly string[];
  /** As RBAC names them: `get`, `list`, `watch`, `create`, `update`, `patch`. */
  readonly verbs: readonly string[];
  /** Absent: all objects. */
  readonly resourceNames?: readonly string[];
  /** The namespace in which it is needed. Absent: in the whole cluster. */
  readonly namespace?: string;
}

/**
 * What a source has to be allowed to follow these kinds, and no more: those of a composition are `controller.pipeline.collection.kinds`.
 *
 * Of a kind such as Secret only the metadata of all objects is listed and watched, and those that somebody refers to are read; RBAC knows no
 * such difference.
 * @throws {@link SignalboxError} `SOURCE_UNREADABLE` for the name of a namespace that can be none.
 * @public
 */
export function rulesForKinds(kinds: readonly ResourceKind[], options: Pick<KubernetesOptions, 'namespaces'> = {}): readonly RbacRule[] {
  const scopes = new Scopes(options);
  return kinds.filter(isOfClusters).flatMap((kind) => {
    const verbs = kind.wanted === 'referenced' ? ['get', 'list', 'watch'] : ['list', 'watch'];
    const rule = { apiGroups: [kind.group], resources: [kind.plural], verbs };
    return scopes.of(kind).map(({ namespace }) => ({ ...rule, ...(namespace !== undefined && { namespace }) }));
  });
}

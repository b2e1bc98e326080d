import { toldKinds } from './kinds.js';
import { leaseName } from './lease/lease.js';
import type { KubernetesReporterOptions } from './options.js';

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
  /** As RBAC names them: `get`, `list`, `create`, `update`, `patch`. */
  readonly verbs: readonly string[];
  /** Absent: all objects. */
  readonly resourceNames?: readonly string[];
  /** The namespace in which it is needed. Absent: in the whole cluster. */
  readonly namespace?: string;
}

/** What a reporter with these options has to be allowed, and no more. @public */
export function rbacRules(options: Omit<KubernetesReporterOptions, 'api'>): readonly RbacRule[] {
  const { namespace, ingressClass, publish, disableIngressStatusUpdate = false, events = true, namespaces, kinds, uidOf } = options;
  const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], namespace };
  const rules: RbacRule[] = [
    // A name is not known yet to whoever decides whether a new object may have it.
    { ...lease, verbs: ['create'] },
    { ...lease, verbs: ['get', 'update'], resourceNames: [leaseName(ingressClass)] },
  ];
  const within = (rule: RbacRule, more: readonly string[] = []): RbacRule[] =>
    namespaces === undefined ? [rule] : [...new Set([...namespaces, ...more])].map((each) => ({ ...rule, namespace: each }));
  if (publish !== undefined && !disableIngressStatusUpdate) {
    const ingress = { apiGroups: ['networking.k8s.io'] };
    rules.push(...within({ ...ingress, resources: ['ingresses'], verbs: ['list'] }));
    rules.push(...within({ ...ingress, resources: ['ingresses/status'], verbs: ['patch'] }));
    if ('service' in publish) {
      const { name, namespace: where } = publish.service;
      rules.push({ apiGroups: [''], resources: ['services'], verbs: ['get'], resourceNames: [name], namespace: where });
    }
  }
  if (!events) return rules;
  // Those of objects that are in no namespace are in `default`; the controller's own ConfigMaps are not in one that is served.
  rules.push(...within({ apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] }, ['default', namespace]));
  if (uidOf !== undefined) return rules;
  for (const kind of toldKinds(kinds).values()) {
    const read = { apiGroups: [kind.group], resources: [kind.plural], verbs: ['get'] };
    rules.push(...(kind.namespaced ? within(read) : [read]));
  }
  return rules;
}

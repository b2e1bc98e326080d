import type { Resource } from '@signalbox/core';
import type { RbacRule } from './rbac-rules.js';

/** Whom roles are for, and what they are called. @public */
export interface RolesOptions {
  /** Of each role and binding. */
  readonly name: string;
  /** Of each role and binding. Default: none. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Who may do it. Default: nobody yet; the bindings are left out. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string };
}

/** A ClusterRole, or a Role in a namespace. @public */
export interface RbacRole extends Resource {
  /** As the API has them: nothing of namespaces. */
  readonly rules: readonly Omit<RbacRule, 'namespace'>[];
}

/** Lets a service account do what a role allows. @public */
export interface RbacBinding extends Resource {
  /** The role of the same name. */
  readonly roleRef: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  /** The one account. */
  readonly subjects: readonly { readonly kind: 'ServiceAccount'; readonly namespace: string; readonly name: string }[];
}

const rbac = 'rbac.authorization.k8s.io';
const verbOrder = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/**
 * The objects that allow what rules say, each thing once: a ClusterRole for what is needed in the whole cluster, and a Role in each namespace
 * for what is needed there only; then their bindings.
 * @public
 */
export function rolesOf(rules: readonly RbacRule[], options: RolesOptions): readonly (RbacRole | RbacBinding)[] {
  const permissions = rules.flatMap(permissionsOf);
  const needed = permissions.filter(
    (each, index) => !permissions.some((other, at) => implies(other, each) && (at < index || !implies(each, other))),
  );
  const roles = [...Map.groupBy(needed, ({ namespace }) => namespace)]
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1))
    .map(([namespace, some]) => roleOf(namespace, some, options));
  const { serviceAccount } = options;
  return serviceAccount === undefined ? roles : [...roles, ...roles.map((role) => bindingOf(role, serviceAccount))];
}

/** The least that can be allowed. */
interface Permission {
  readonly namespace: string | undefined;
  readonly group: string;
  readonly resource: string;
  /** Absent: of each. */
  readonly object: string | undefined;
  readonly verb: string;
}

function permissionsOf({ apiGroups, resources, verbs, resourceNames, namespace }: RbacRule): Permission[] {
  const objects: readonly (string | undefined)[] = resourceNames ?? [undefined];
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) => objects.flatMap((object) => verbs.map((verb) => ({ namespace, group, resource, object, verb })))),
  );
}

/** Whether who has the one needs the other no more. */
function implies(has: Permission, needs: Permission): boolean {
  return (
    has.group === needs.group &&
    has.resource === needs.resource &&
    has.verb === needs.verb &&
    (has.namespace ?? needs.namespace) === needs.namespace &&
    (has.object ?? needs.object) === needs.object
  );
}

function roleOf(namespace: string | undefined, permissions: readonly Permission[], { name, labels }: RolesOptions): RbacRole {
  const verbsOf = (some: readonly Permission[]): string[] =>
    some.map(({ verb }) => verb).sort((a, b) => verbOrder.indexOf(a) - verbOrder.indexOf(b));
  // Resources of one group that are used alike stand in one rule.
  const used = [...Map.groupBy(permissions, ({ group, resource, object }) => JSON.stringify([group, resource, object])).values()];
  const alike = Map.groupBy(used, (some) => JSON.stringify([some[0]?.group, some[0]?.object, verbsOf(some)]));
  const rules = [...alike.values()].flatMap((some) => {
    const [first] = some[0] ?? [];
    if (first === undefined) return [];
    const resources = some.flatMap(([permission]) => permission?.resource ?? []);
    const names = first.object === undefined ? {} : { resourceNames: [first.object] };
    return [{ apiGroups: [first.group], resources, ...names, verbs: verbsOf(some[0] ?? []) }];
  });
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const metadata = { name, ...(namespace !== undefined && { namespace }), ...(labels && { labels }) };
  return { apiVersion: [rbac, 'v1'].join('/'), kind, metadata, rules };
}

function bindingOf(
  { apiVersion, kind, metadata }: RbacRole,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): RbacBinding {
  return {
    apiVersion,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: rbac, kind, name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  };
}

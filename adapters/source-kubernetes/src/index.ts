export { clusterConnection } from './cluster-connection.js';
export type { ClusterAnswer, ClusterConnection, ClusterConnectionOptions, ClusterRequest, OpenAnswer } from './cluster-connection.js';
export { kubernetes, KubernetesSource } from './kubernetes-source.js';
export type { RequestCounts, RequestVerb } from './api-server.js';
export type { KubernetesLogger, KubernetesOptions, KubernetesTiming, NamespaceLists } from './options.js';
export { rolesOf } from './rbac-roles.js';
export type { RbacBinding, RbacRole, RolesOptions } from './rbac-roles.js';
export { rulesForKinds } from './rbac-rules.js';
export type { RbacRule } from './rbac-rules.js';

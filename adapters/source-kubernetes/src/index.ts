export { kubernetes, KubernetesSource } from './kubernetes-source.js';
export type { RequestCounts, RequestVerb } from './api-server.js';
export type { KubernetesLogger, KubernetesOptions, KubernetesTiming, NamespaceLists } from './options.js';

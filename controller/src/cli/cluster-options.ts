import type { Command } from 'commander';
import { Flag, Switch } from './flag.js';
import { addGroup } from './options.js';
import { namespacedName, namespaces, publicAddresses } from './values.js';

/** Which cluster is read, what of it, and what is written to it. */
export interface ClusterFlags {
  readonly cluster?: boolean;
  readonly kubeconfig?: string;
  readonly namespaceWhitelist?: readonly string[];
  readonly namespaceBlacklist?: readonly string[];
  readonly publishService?: string;
  readonly publishAddress?: readonly string[];
  readonly disableIngressStatusUpdate?: boolean;
}

export function addClusterOptions(command: Command): void {
  addGroup(command, 'Cluster:', [
    new Switch('--cluster', 'read the objects of the cluster; without --files that is so anyway'),
    new Flag(
      '--kubeconfig <path>',
      'which cluster that is; implies --cluster (default: that of the pod, else $KUBECONFIG, else ~/.kube/config)',
    ),
    new Flag('--namespace-whitelist <names>', 'only these namespaces; several by commas, or given several times').argParser(namespaces),
    new Flag('--namespace-blacklist <names>', 'none of these namespaces, even if they are in the other list').argParser(namespaces),
    new Flag(
      '--publish-service <namespace/name>',
      'Service whose addresses are written to the status of Ingresses (default: no status is written)',
    ).argParser(namespacedName),
    new Flag(
      '--publish-address <addresses>',
      'addresses or names that are written to the status of Ingresses; several by commas, or given several times',
    ).argParser(publicAddresses),
    new Switch('--disable-ingress-status-update', 'write no status of Ingresses in any case'),
  ]);
}

import { kindKey, objectKey, type ObjectRef, type Pipeline } from '@signalbox/core';
import { type KubernetesReporter, kubernetesReporter, type KubernetesReporterOptions } from '@signalbox/reporter-kubernetes';
import type { ClusterFlags } from './cli/cluster-options.js';
import type { ReadingFlags } from './cli/options.js';
import { badUseError } from './command-error.js';

/** What of the options of a reporter the flags decide. */
export type ReportingOptions = Pick<
  KubernetesReporterOptions,
  'namespace' | 'namespaces' | 'deniedNamespaces' | 'ingressClass' | 'publish' | 'disableIngressStatusUpdate'
>;

/**
 * What the flags mean for what is written to a cluster.
 * @param ownNamespace - Where the Lease is if neither `POD_NAMESPACE` nor a ConfigMap says it.
 * @throws {@link CommandError} if two flags contradict each other.
 */
export function reportingOptions(
  flags: ClusterFlags & ReadingFlags,
  ownNamespace: string,
  { POD_NAMESPACE: podNamespace }: NodeJS.ProcessEnv = process.env,
): ReportingOptions {
  const { configmap, 'ingress.class': ingressClass, namespaceWhitelist = [], namespaceBlacklist = [] } = flags;
  const publish = publishOf(flags);
  const namespaces = namespaceWhitelist.filter((namespace) => !namespaceBlacklist.includes(namespace));
  return {
    namespace: podNamespace || configmap?.split('/')[0] || ownNamespace,
    disableIngressStatusUpdate: flags.disableIngressStatusUpdate ?? false,
    ...(ingressClass && { ingressClass }),
    ...(namespaceWhitelist.length > 0 && { namespaces }),
    ...(namespaceBlacklist.length > 0 && { deniedNamespaces: namespaceBlacklist }),
    ...(publish && { publish }),
  };
}

function publishOf({ publishService, publishAddress: addresses }: ClusterFlags): KubernetesReporterOptions['publish'] {
  if (publishService !== undefined && addresses !== undefined)
    throw badUseError('--publish-service and --publish-address both say what the status of Ingresses is. Give one of them.');
  if (addresses !== undefined) return { addresses };
  const [namespace, name] = publishService?.split('/') ?? [];
  return namespace !== undefined && name !== undefined ? { service: { namespace, name } } : undefined;
}

/**
 * Writes status and Events to the cluster that is read.
 * @param pipeline - Knows the objects, and with them their uids; asked once the controller is there.
 */
export function clusterReporter(options: Omit<KubernetesReporterOptions, 'uidOf'>, pipeline: () => Pipeline): KubernetesReporter {
  return kubernetesReporter({ ...options, uidOf: (object) => uidIn(pipeline(), object) });
}

/** Objects of files have none, so that Events are written on none of them. */
function uidIn({ collection }: Pipeline, object: ObjectRef): string | undefined {
  const kind = collection.kinds.find((each) => kindKey(each) === kindKey(object));
  return kind && collection.table(kind).rows.get(objectKey(object))?.metadata.uid;
}

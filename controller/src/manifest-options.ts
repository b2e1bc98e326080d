import { configMapKind, type DefaultCertificate, type ListenOptions, objectKey, type OwnListeners, type Pipeline } from '@signalbox/core';
import type { ControllerSettings } from '@signalbox/inversify';
import type { ClusterFlags } from './cli/cluster-options.js';
import type { ManifestFlags, ReadingFlags } from './cli/options.js';
import type { SnippetPolicy, SnippetSection } from '@signalbox/haproxy-org';
import type { ClusterReading } from './cluster-source.js';
import { badUseError } from './command-error.js';
import { namespacePolicyOf } from './namespace-policy.js';
import type { ReadingOptions } from './parts.js';

/** What the flags about manifests mean for the parts that read. */
export function readingOptions(flags: ManifestFlags, follow: boolean): ReadingOptions {
  const { files, configmap, configmapTcpServices: tcpConfigMap, 'ingress.class': className = '', emptyIngressClass = false } = flags;
  const { configmapErrorfiles: errorFiles, configmapPatternfiles: patternFiles } = flags;
  return {
    paths: files,
    follow,
    withoutClass: emptyIngressClass,
    ...(configmap !== undefined && { configMap: configmap }),
    ...(tcpConfigMap !== undefined && { tcpConfigMap }),
    ...(errorFiles !== undefined && { errorFiles }),
    ...(patternFiles !== undefined && { patternFiles }),
    ...(className !== '' && { className }),
    snippets: snippetPolicy(flags),
  };
}

/**
 * What the flags about a cluster mean; `undefined` where none is read. It is where it is named, and where there is nothing else.
 * @throws {@link CommandError} if nothing is to be read at all.
 */
export function clusterOf(flags: ClusterFlags & ReadingFlags & { readonly files?: readonly string[] }): ClusterReading | undefined {
  const { files = [], kubeconfig, cluster = files.length === 0 || kubeconfig !== undefined } = flags;
  const { namespaceWhitelist: allow = [], namespaceBlacklist: deny = [] } = flags;
  if (cluster) return { namespaces: { allow, deny }, named: namedBy(flags), ...(kubeconfig !== undefined && { kubeconfig }) };
  if (files.length === 0)
    throw badUseError('Without --files and without a cluster there is nothing to serve. Name manifests with --files.');
  return undefined;
}

/** Objects that the flags themselves name. */
function namedBy(flags: ReadingFlags): readonly string[] {
  const { defaultBackendService: backend, defaultSslCertificate } = flags;
  const service = backend && objectKey({ namespace: backend.namespace, name: backend.service });
  return [...Object.values(configMapsOf(flags)), service, defaultSslCertificate].filter((name) => name !== undefined);
}

/** By flag. */
function configMapsOf(flags: Omit<ManifestFlags, 'files'>): Readonly<Record<string, string | undefined>> {
  return {
    '--configmap': flags.configmap,
    '--configmap-tcp-services': flags.configmapTcpServices,
    '--configmap-errorfiles': flags.configmapErrorfiles,
    '--configmap-patternfiles': flags.configmapPatternfiles,
  };
}

/** Says which of the ConfigMaps that flags name are not there; not even a misspelt one is noticed otherwise. */
export function missingConfigMaps(flags: Omit<ManifestFlags, 'files'>, { collection }: Pick<Pipeline, 'collection'>): readonly string[] {
  const { rows } = collection.table(configMapKind);
  return Object.entries(configMapsOf(flags))
    .filter(([, name]) => name !== undefined && !rows.has(name))
    .map(([flag, name]) => `There is no ConfigMap "${String(name)}", which ${flag} names: it counts as empty until it is there.`);
}

const sections: readonly SnippetSection[] = ['global', 'frontend', 'backend'];

function snippetPolicy({ enableConfigSnippets = [], disableConfigSnippets = [] }: ReadingFlags): SnippetPolicy {
  const disabled = sections.filter((section) => disableConfigSnippets.includes(section) || disableConfigSnippets.includes('all'));
  return { enabledOn: enableConfigSnippets, disabled };
}

/**
 * What the flags mean for the rest of the composition.
 * @param own - Where we listen, if that is known.
 */
export function settingsOf(
  flags: ReadingFlags,
  listen: Partial<ListenOptions>,
  otherwise: DefaultCertificate['otherwise'],
  own?: OwnListeners,
): ControllerSettings {
  const { defaultBackendService, defaultSslCertificate, disableServiceExternalName = false, allowCrossNamespace = [] } = flags;
  return {
    listen,
    ...(defaultBackendService && { defaultBackend: defaultBackendService }),
    defaultCertificate: { otherwise, ...(defaultSslCertificate !== undefined && { secret: defaultSslCertificate }) },
    namespacePolicy: namespacePolicyOf(allowCrossNamespace),
    endpoints: { externalNames: !disableServiceExternalName, ...(own && { own }) },
  };
}

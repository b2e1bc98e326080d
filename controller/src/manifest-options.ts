import type { DefaultCertificate, ListenOptions, OwnListeners } from '@signalbox/core';
import type { ControllerSettings } from '@signalbox/inversify';
import type { ManifestFlags } from './cli/options.js';
import type { SnippetPolicy, SnippetSection } from '@signalbox/haproxy-org';
import { namespacePolicyOf } from './namespace-policy.js';
import type { ReadingOptions } from './parts.js';

/** What the flags about manifests mean for the parts that read. */
export function readingOptions(flags: ManifestFlags, follow: boolean): ReadingOptions {
  const { files, configmap, 'ingress.class': className, emptyIngressClass = false } = flags;
  return {
    paths: files,
    follow,
    withoutClass: emptyIngressClass,
    ...(configmap !== undefined && { configMap: configmap }),
    ...(className !== undefined && { className }),
    snippets: snippetPolicy(flags),
  };
}

const sections: readonly SnippetSection[] = ['global', 'frontend', 'backend'];

function snippetPolicy({ enableConfigSnippets = [], disableConfigSnippets = [] }: ManifestFlags): SnippetPolicy {
  const disabled = sections.filter((section) => disableConfigSnippets.includes(section) || disableConfigSnippets.includes('all'));
  return { enabledOn: enableConfigSnippets, disabled };
}

/**
 * What the flags mean for the rest of the composition.
 * @param own - Where we listen, if that is known.
 */
export function settingsOf(
  flags: ManifestFlags,
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

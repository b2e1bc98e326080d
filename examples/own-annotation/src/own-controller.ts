import { type Controller, createController, type ListenOptions, type SecretText } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { haproxyCfg } from '@signalbox/sink-haproxy-cfg';
import { runtimeApi } from '@signalbox/sink-runtime-api';
import { files } from '@signalbox/source-files';
import { join } from 'node:path';
import { searchEngines } from './robots-tag.js';

export interface OwnControllerOptions {
  /** Folders and files of manifests; where two hold the same object, the one named first counts. */
  readonly manifests: readonly string[];
  /** Folder for everything that is written. */
  readonly directory: string;
  /** Certificate and key, as PEM, for names that have none of their own. */
  readonly certificate: SecretText;
  readonly listen?: Partial<ListenOptions>;
}

// #region composition
/** Serves the Ingresses of some manifests, with the haproxy.org annotations and ours. */
export function ownController({ manifests, directory, certificate, listen }: OwnControllerOptions): Controller {
  const runtimeDir = join(directory, 'run');
  return createController({
    sources: [files({ paths: manifests })],
    plugins: [ingress(), haproxyOrg({ configMap: 'default/haproxy-configmap' }), searchEngines],
    sinks: [haproxyCfg({ configDir: join(directory, 'config'), runtimeDir }), runtimeApi({ socket: join(runtimeDir, 'haproxy.sock') })],
    defaultCertificate: { otherwise: certificate },
    ...(listen && { listen }),
  });
}
// #endregion composition

import { type Controller, createController, type ListenOptions, type SecretText } from '@signalbox/core';
import { ingress } from '@signalbox/ingress';
import { kubernetesReporter, type KubernetesReporterOptions, rbacRules } from '@signalbox/reporter-kubernetes';
import { haproxyCfg } from '@signalbox/sink-haproxy-cfg';
import { runtimeApi } from '@signalbox/sink-runtime-api';
import { type ClusterConnection, kubernetes, rolesOf, rulesForKinds } from '@signalbox/source-kubernetes';
import { join } from 'node:path';
import { closed } from './closed.js';

export interface EdgeOptions {
  readonly connection: ClusterConnection;
  /** Addresses at which clients reach us. */
  readonly addresses: readonly string[];
  /** Folder for everything that is written. */
  readonly directory: string;
  /** Certificate and key, as PEM, for names that have none of their own. */
  readonly certificate: SecretText;
  readonly listen?: Partial<ListenOptions>;
}

/** The controller, and what it has to be allowed. */
export interface Edge {
  readonly controller: Controller;
  readonly roles: ReturnType<typeof rolesOf>;
}

// #region composition
const className = 'edge';
/** Where the controller and its account are. */
const namespace = 'edge';

/** Serves the Ingresses of the class `edge` of a cluster; each may be closed for a while. */
export function edge({ connection, addresses, directory, certificate, listen }: EdgeOptions): Edge {
  const reporting: KubernetesReporterOptions = { api: connection, namespace, ingressClass: className, publish: { addresses } };
  const runtimeDir = join(directory, 'run');
  const controller = createController({
    sources: [kubernetes({ connection })],
    plugins: [ingress({ className }), closed],
    sinks: [haproxyCfg({ configDir: join(directory, 'config'), runtimeDir }), runtimeApi({ socket: join(runtimeDir, 'haproxy.sock') })],
    reporters: [kubernetesReporter(reporting)],
    defaultCertificate: { otherwise: certificate },
    ...(listen && { listen }),
  });
  const rules = [...rulesForKinds(controller.pipeline.collection.kinds), ...rbacRules(reporting)];
  return { controller, roles: rolesOf(rules, { name: 'edge', serviceAccount: { namespace, name: 'edge' } }) };
}
// #endregion composition

import { type ConfigMap, configMapKind, objectKey, type Plugin, quote, type TranslateContext, type Translator } from '@signalbox/core';
import { parsePort, parseTarget, targetForm } from './tcp-entry.js';

/** What {@link tcpServices} takes. @public */
export interface TcpServicesOptions {
  /** The ConfigMap, `NAMESPACE/NAME`. */
  readonly configMap: string;
}

/** Keys of the ConfigMap that are no ports. */
const notYet = new Set(['log-format-tcp']);

/**
 * TCP ports of HAProxy that lead to Services, from a ConfigMap: `"5432": db/postgres:5432`, or with `:ssl` at the end where HAProxy is to
 * end TLS.
 *
 * @example
 * ```ts
 * createController({ sources, plugins: [ingress(), tcpServices({ configMap: 'default/tcp' })], targets });
 * ```
 * @public
 */
export function tcpServices({ configMap }: TcpServicesOptions): Plugin {
  const translator: Translator<ConfigMap> = {
    kind: configMapKind,
    objects: [configMap],
    translate(object, context) {
      if (objectKey(object.metadata) !== configMap) return;
      for (const [key, value] of Object.entries(object.data ?? {})) translateEntry(key, value, context);
    },
  };
  return { name: 'tcp-services', translators: [translator] };
}

function translateEntry(key: string, value: string, context: TranslateContext): void {
  const field = `data[${key}]`;
  const port = parsePort(key);
  if (port === undefined) {
    const message = notYet.has(key)
      ? `${quote(key)} is known and has no effect yet.`
      : `Found the key ${quote(key)}; expected a port from 1 to 65535. The entry has no effect.`;
    context.report({ severity: notYet.has(key) ? 'warning' : 'error', code: 'TCP_SERVICE_INVALID', field, message });
    return;
  }
  const target = parseTarget(value);
  if (target === undefined) {
    const message = `Found ${quote(value)} for port ${port}; expected ${targetForm}. The port has no effect.`;
    context.report({ severity: 'error', code: 'TCP_SERVICE_INVALID', field, message });
    return;
  }
  const { tls, ...backend } = target;
  context.stream({ port, backend: { ...backend, field }, tls, field });
}

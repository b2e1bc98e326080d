import { type Diagnostic, quote } from '../resource/diagnostic.js';
import type { Origin } from '../resource/origin.js';
import { objectKey } from '../resource/resource.js';
import type { Read } from '../table/index.js';
import type { BackendRef } from './model.js';
import type { ServiceShape } from './services.js';

/** A port of a Service, as far as it is there. */
export interface ServicePortFound {
  /** Name of the port, or its number where it has no name or the Service is missing. */
  readonly portLabel: string;
  /** What endpoints call the port; absent where the Service or the port is missing, so that no endpoint fits. */
  readonly portName?: string;
  /** Target port where it is a number: for what has no EndpointSlices. */
  readonly portNumber?: number;
}

/** What endpoints need to know of a pool. */
export interface ServedPort extends Omit<ServicePortFound, 'portLabel'> {
  /** Name of the backend. */
  readonly name: string;
}

/**
 * Which port of the Service is meant. A Service or port that is missing leaves a pool without servers.
 * @param effect - What becomes of requests then, for people.
 */
export function servicePort(
  backend: BackendRef,
  origin: Origin,
  shape: ServiceShape | undefined,
  read: Read,
  effect: string,
): ServicePortFound {
  const { service, namespace, port: wanted } = backend;
  const tell = (code: string, message: string): void => {
    const { object } = origin;
    const field = backend.field ?? origin.field;
    read.note({ severity: 'error', code, object, ...(field !== undefined && { field }), message } satisfies Diagnostic);
  };
  const missing = { portLabel: String(wanted ?? 'none') };
  // The translator has said why.
  if (service === '') return missing;
  const name = quote(objectKey({ namespace, name: service }));
  if (shape === undefined) {
    tell('SERVICE_NOT_FOUND', `There is no Service ${name}; ${effect}. Create it, or correct the name.`);
    return missing;
  }
  const found = wanted === undefined ? shape.ports[0] : shape.ports.find((port) => port.port === wanted || port.name === wanted);
  if (found !== undefined) {
    const { name: portName, port, targetPort } = found;
    return { portLabel: portName || String(port), portName, portNumber: typeof targetPort === 'number' ? targetPort : port };
  }
  if (shape.externalName !== undefined && typeof wanted === 'number') return { ...missing, portNumber: wanted };
  const known = shape.ports.map((port) => (port.name === '' ? String(port.port) : `${port.port} (${port.name})`)).join(', ');
  tell('SERVICE_PORT_NOT_FOUND', `Service ${name} has no port ${quote(String(wanted ?? ''))}; ${effect}. It has: ${known || 'none'}.`);
  return missing;
}

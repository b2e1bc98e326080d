import { type BackendRef, quote } from '@signalbox/core';
import type { IngressBackend } from './ingress-kind.js';

/** A backend as the routing model has it, or why it is none. */
export type ParsedBackend =
  { readonly backend: BackendRef } | { readonly code: 'BACKEND_INVALID' | 'BACKEND_UNSUPPORTED'; readonly problem: string };

const label = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Reads where requests go: a port of a Service of the Ingress's own namespace.
 * @see {@link https://kubernetes.io/docs/reference/kubernetes-api/service-resources/ingress-v1/#IngressBackend | Kubernetes: IngressBackend}
 */
export function parseBackend(found: IngressBackend | null | undefined, namespace: string): ParsedBackend {
  const service = found?.service;
  if (service === undefined || service === null) {
    const resource = found?.resource;
    if (resource === undefined || resource === null) return invalid('There is no service; expected its name and port.');
    const shown = quote([String(resource.kind ?? ''), String(resource.name ?? '')].join(' '));
    return { code: 'BACKEND_UNSUPPORTED', problem: `Found the resource ${shown}; only Services are served. Name a service instead.` };
  }
  const { name, port } = service;
  if (typeof name !== 'string' || !label.test(name)) return invalid(`Found ${shownValue(name)}; expected the name of a Service.`);
  const number = port?.number ?? undefined;
  const portName = port?.name ?? undefined;
  if (number !== undefined && portName !== undefined) return invalid('Found a number and a name of a port; expected one of them.');
  if (number !== undefined) {
    const isPort = Number.isInteger(number) && number >= 1 && number <= 65_535;
    return isPort
      ? { backend: { namespace, service: name, port: number } }
      : invalid(`Found port ${shownValue(number)}; expected a number from 1 to 65535.`);
  }
  if (portName === undefined) return invalid('There is no port; expected the number or the name of a port of the Service.');
  const isName = typeof portName === 'string' && label.test(portName);
  return isName
    ? { backend: { namespace, service: name, port: portName } }
    : invalid(`Found port ${shownValue(portName)}; expected the name of a port.`);
}

function invalid(problem: string): ParsedBackend {
  return { code: 'BACKEND_INVALID', problem };
}

function shownValue(value: unknown): string {
  return typeof value === 'string' ? quote(value) : quote(String(JSON.stringify(value)));
}

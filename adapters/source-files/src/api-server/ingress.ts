import { isIP } from 'node:net';
import type { Manifest } from './manifest.js';
import { dnsLabel, dnsSubdomain, hostName, isDnsLabel, isDnsSubdomain, isPortName, portName } from './names.js';
import { type Shape, fields, list, numberOrText, oneOf, optional, portNumber, rule, text } from './shape.js';

const absolutePath = 'a path that begins with "/"';
const cleanPath = `${absolutePath}, without "//", "/./", "/../" or an encoded "/"`;
const notInPaths = /\/\/|\/\.\/|\/\.\.\/|%2f|\/\.\.?$/i;

const serviceName = text(`the name of a Service: ${dnsLabel}`, isDnsLabel);
const namedPort = text(portName, isPortName);

const resource = fields({ apiGroup: optional(text('text')), kind: text('text'), name: text('text') });
const service = fields({
  name: serviceName,
  port: fields(
    { name: optional(namedPort), number: optional(portNumber) },
    rule(({ name, number }, refuse) => {
      if (name !== undefined && number !== undefined) refuse('name', 'either a name or a number, not both');
      else if (name === undefined && number === undefined) refuse('number', 'a number or a name');
    }),
  ),
});

const backend = fields(
  { service: optional(service), resource: optional(resource) },
  rule((backend, refuse) => {
    if (backend['service'] !== undefined && backend['resource'] !== undefined)
      refuse('resource', 'either a service or a resource, not both');
    else if (backend['service'] === undefined && backend['resource'] === undefined) {
      refuse(
        'service',
        `a service with name and port${'serviceName' in backend ? ' (serviceName and servicePort are of v1beta1: write service.name and service.port.number)' : ''}`,
      );
    }
  }),
);

const backendV1beta1 = fields(
  {
    serviceName: optional(serviceName),
    servicePort: optional(numberOrText(portNumber, namedPort)),
    resource: optional(resource),
  },
  rule((backend, refuse) => {
    if (backend['resource'] !== undefined) return;
    if (backend['serviceName'] === undefined) refuse('serviceName', 'the name of a Service');
    if (backend['servicePort'] === undefined) refuse('servicePort', 'the number or the name of a port');
  }),
);

export const ingressShape: Shape = ingressOf(backend, 'defaultBackend', oneOf('Exact', 'Prefix', 'ImplementationSpecific'));
export const ingressV1beta1Shape: Shape = ingressOf(
  backendV1beta1,
  'backend',
  optional(oneOf('Exact', 'Prefix', 'ImplementationSpecific')),
);

function ingressOf(backend: Shape, defaultBackend: string, pathType: Shape): Shape {
  const path = fields(
    { path: optional(text(absolutePath)), pathType, backend },
    rule(({ path, pathType }, refuse) => {
      const value = (path ?? '') as string;
      const strict = pathType === 'Exact' || pathType === 'Prefix';
      if (strict ? !value.startsWith('/') || notInPaths.test(value) : value !== '' && !value.startsWith('/'))
        refuse('path', strict ? cleanPath : absolutePath);
    }),
  );
  const routing = fields({
    host: optional(text(hostName, isHostName)),
    http: optional(fields({ paths: list(path, 'a list of at least one path', { from: 1 }) })),
  });
  const tls = fields({
    hosts: optional(
      list(
        text(hostName, (host) => host !== '' && isHostName(host)),
        'a list of host names',
      ),
    ),
    secretName: optional(text(`the name of a Secret: ${dnsSubdomain}`, (name) => name === '' || isDnsSubdomain(name))),
  });
  return fields({
    spec: fields(
      {
        ingressClassName: optional(text(dnsSubdomain, isDnsSubdomain)),
        [defaultBackend]: optional(backend),
        rules: optional(list(routing, 'a list of rules')),
        tls: optional(list(tls, 'a list of hosts and secretName')),
      },
      rule((spec, refuse) => {
        if (spec[defaultBackend] === undefined && !(spec['rules'] as unknown[] | undefined)?.length)
          refuse('rules', `rules, or ${defaultBackend}, or both`);
      }),
    ),
  });
}

function isHostName(host: string): boolean {
  if (host === '') return true;
  return isIP(host) === 0 && isDnsSubdomain(host.startsWith('*.') ? host.slice(2) : host);
}

interface BackendV1beta1 {
  readonly serviceName?: string;
  readonly servicePort?: number | string;
  readonly resource?: unknown;
}

interface PathV1beta1 {
  readonly backend: BackendV1beta1;
  readonly pathType?: string;
}

/** The same Ingress, as networking.k8s.io/v1 writes it. It has passed {@link ingressV1beta1Shape}. */
export function ingressFromV1beta1(ingress: Manifest): Manifest {
  const { backend, rules, ...spec } = ingress['spec'] as {
    readonly backend?: BackendV1beta1;
    readonly rules?: readonly { readonly http?: { readonly paths: readonly PathV1beta1[] } }[];
  };
  return {
    ...ingress,
    apiVersion: 'networking.k8s.io/v1',
    spec: {
      ...spec,
      ...(backend && { defaultBackend: backendFromV1beta1(backend) }),
      ...(rules && {
        rules: rules.map((rule) => (rule.http ? { ...rule, http: { ...rule.http, paths: rule.http.paths.map(pathFromV1beta1) } } : rule)),
      }),
    },
  };
}

function pathFromV1beta1(path: PathV1beta1): unknown {
  return { ...path, pathType: path.pathType ?? 'ImplementationSpecific', backend: backendFromV1beta1(path.backend) };
}

function backendFromV1beta1({ serviceName, servicePort, resource }: BackendV1beta1): unknown {
  if (serviceName === undefined) return { resource };
  return { service: { name: serviceName, port: typeof servicePort === 'number' ? { number: servicePort } : { name: servicePort } } };
}

import type { Manifest } from './manifest.js';
import { dnsLabel, dnsSubdomain, isDnsLabel, isDnsSubdomain, isPortName, portName } from './names.js';
import { type Shape, fields, list, numberOrText, oneOf, optional, portNumber, rule, text } from './shape.js';

/** Of Services and EndpointSlices. */
export const protocol: Shape = oneOf('TCP', 'UDP', 'SCTP');

const port = fields({
  name: optional(text(dnsLabel, (name) => name === '' || isDnsLabel(name))),
  protocol: optional(protocol),
  port: portNumber,
  targetPort: optional(numberOrText(portNumber, text(`a number without quotes, or ${portName}`, isPortName))),
  appProtocol: optional(text('text')),
});

interface Port {
  readonly name?: string;
  readonly port: number;
  readonly protocol?: string;
  readonly targetPort?: number | string;
}

export const serviceShape: Shape = fields({
  spec: fields(
    {
      type: optional(oneOf('ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName')),
      clusterIP: optional(text('text')),
      externalName: optional(text(dnsSubdomain)),
      ports: optional(list(port, 'a list of ports')),
    },
    rule((spec, refuse) => {
      const ports = (spec['ports'] ?? []) as readonly Port[];
      if (spec['type'] === 'ExternalName') {
        const name = ((spec['externalName'] ?? '') as string).replace(/\.$/, '');
        if (!isDnsSubdomain(name)) refuse('externalName', dnsSubdomain);
      } else if (ports.length === 0 && spec['clusterIP'] !== 'None') refuse('ports', 'a list of at least one port');
      if (ports.length > 1 && ports.some(({ name }) => !name))
        refuse('ports', 'a list in which each port has a name, as there are several');
      if (repeats(ports.map(({ name }) => name))) refuse('ports', 'a list in which no two ports have the same name');
      if (repeats(ports.map(({ port, protocol = 'TCP' }) => `${protocol} ${String(port)}`)))
        refuse('ports', 'a list in which no two ports have the same number and protocol');
    }),
  ),
});

/** Whether a name that is not empty stands twice. */
export function repeats(names: readonly (string | undefined)[]): boolean {
  const given = names.filter((name) => name);
  return new Set(given).size < given.length;
}

/** Sets `protocol` and `targetPort` where they are not said. */
export function serviceDefaults(service: Manifest): Manifest {
  const spec = service['spec'] as { readonly ports?: readonly Port[] };
  if (!spec.ports) return service;
  const ports = spec.ports.map((port) => ({ ...port, protocol: port.protocol ?? 'TCP', targetPort: port.targetPort ?? port.port }));
  return { ...service, spec: { ...spec, ports } };
}

import { networkInterfaces } from 'node:os';
import type { OwnListeners } from '@signalbox/core';
import { type ListenChoices, portsByFlag } from './listen.js';

/**
 * Where HAProxy and we listen: at every address of this machine or pod, as it has them now, and at that of `POD_IP`, which Kubernetes can be
 * asked to set. Traffic counts too: a server there would be HAProxy itself, and a request that comes back has passed for one from inside.
 */
export function ownListeners(
  listen: ListenChoices,
  controllerPort: number,
  {
    interfaces = networkInterfaces(),
    podIp = process.env['POD_IP'],
  }: { readonly interfaces?: ReturnType<typeof networkInterfaces>; readonly podIp?: string | undefined } = {},
): OwnListeners {
  const here = Object.values(interfaces).flatMap((all = []) => all.map(({ address }) => address));
  return { addresses: podIp === undefined ? here : [...here, podIp], ports: ownPorts(listen, controllerPort) };
}

/** The ports alone, for what depends on the flags and not on the machine: loopback counts without being named. */
export function ownPorts(listen: ListenChoices, controllerPort = 0): readonly number[] {
  const { peersPort = 10_000 } = listen;
  return [...Object.values(portsByFlag({ ...listen, peersPort })), controllerPort].filter((port) => port !== 0);
}

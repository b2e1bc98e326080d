import type { NetworkInterfaceInfo } from 'node:os';
import { defaultListenOptions } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { ownListeners, ownPorts } from './own-listeners.js';

const address = (text: string): NetworkInterfaceInfo => ({ address: text }) as NetworkInterfaceInfo;

describe('ownListeners', () => {
  it('has the addresses of all interfaces, that of the pod, and the ports that are used', () => {
    const interfaces = { lo: [address('127.0.0.1'), address('::1')], eth0: [address('192.0.2.7'), address('2001:db8::7')] };
    expect(ownListeners({ ...defaultListenOptions, httpsPort: 0, peersPort: 10_001 }, 6060, { interfaces, podIp: '10.0.0.7' })).toEqual({
      addresses: ['127.0.0.1', '::1', '192.0.2.7', '2001:db8::7', '10.0.0.7'],
      ports: [8080, 1024, 1042, 10_001, 6060],
    });
  });

  it('knows the addresses of this machine', () => {
    expect(ownListeners(defaultListenOptions, 0).addresses).toContain('127.0.0.1');
  });
});

describe('ownPorts', () => {
  it('leaves out what is switched off', () => {
    expect(ownPorts({ ...defaultListenOptions, httpPort: 0 })).toEqual([8443, 1024, 1042, 10_000]);
  });
});

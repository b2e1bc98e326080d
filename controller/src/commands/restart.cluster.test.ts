import { connect } from 'node:tls';
import type { Resource } from '@signalbox/core';
import { certificateFor, echoServer, ingressOf, RealCluster, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../fixtures/program.js';
import { Running } from '../fixtures/running.js';

const hosts = Array.from({ length: 50 }, (_, index) => `shop-${String(index)}.example`);

let cluster: RealCluster;

beforeAll(async () => {
  cluster = await RealCluster.start();
}, 180_000);

afterAll(async () => {
  await cluster?.stop();
});

async function shopOf(host: string): Promise<readonly Resource[]> {
  const name = host.replace('.example', '');
  const { certificate, key } = await certificateFor([host]);
  return [
    tlsSecretOf({ name, certificate, key }),
    ingressOf({ name, rules: { [host]: [{ path: '/', service: 'app' }] }, tls: [{ hosts: [host], secretName: name }] }),
  ];
}

/** The common name of the certificate that HAProxy shows for a host. */
async function shown(port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, servername: host, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

/** Goes through the hosts again and again until it is stopped, and says what was wrong. */
function handshakes(port: number): { stop(): Promise<{ readonly count: number; readonly wrong: readonly string[] }> } {
  const wrong: string[] = [];
  let [count, isOver] = [0, false];
  const going = (async () => {
    while (!isOver) {
      for (const host of hosts) {
        const name = await shown(port, host).catch(String);
        if (name !== host) wrong.push(`${host}: ${name}`);
        count += 1;
      }
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await going;
      return { count, wrong };
    },
  };
}

describe('a restart beside a serving HAProxy', { timeout: 180_000 }, () => {
  it('loses no certificate, though which Secrets are referred to is known late; and a new one comes with its Ingress', async () => {
    await using _echo = await echoServer({ name: 'app', address: '10.244.0.1', port: 8080 });
    await cluster.apply([serviceOf({ name: 'app' }), sliceOf({ service: 'app', endpoints: ['10.244.0.1'], ports: 8080 })]);
    await cluster.apply((await Promise.all(hosts.map(shopOf))).flat());
    await using running = await Running.make();
    const flags = ['--kubeconfig', cluster.kubeconfig.path];
    const first = running.startPlain(flags, {});
    await running.ready(60_000);
    expect(first.said).not.toContain('_NOT_FOUND');
    expect(first.said.match(/HAProxy (?:re)?started|HAProxy reloaded/g)).toEqual(['HAProxy started']);
    const pids = await running.haproxies();
    const shaking = handshakes(running.ports.https);
    let last = first;
    for (let round = 0; round < 3; round += 1) {
      last.kill('SIGKILL');
      await last.ended();
      last = running.startPlain(flags, {});
      await running.ready(60_000);
      expect(last.said).not.toMatch(/_NOT_FOUND|HAProxy (?:re)?started|HAProxy reloaded/);
    }
    const { count, wrong } = await shaking.stop();
    expect(wrong).toEqual([]);
    expect(count).toBeGreaterThan(hosts.length);
    expect(await running.haproxies()).toEqual(pids);

    const before = last.said.length;
    const added = 'added.example';
    await cluster.apply(await shopOf(added));
    await until(async () => (await shown(running.ports.https, added)) === added);
    await until(() => last.said.slice(before).includes('Applied'));
    expect(last.said.slice(before).match(/Applied|_NOT_FOUND/g)).toEqual(['Applied']);
  });
});

import { serviceKind } from '@signalbox/core';
import { serviceOf } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { clusterConnection } from './cluster-connection.js';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { run, until } from './fixtures/running.js';

describe('ClusterConnection', () => {
  it('resolves with every answer, and rejects where there is none', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    server.store.set(serviceOf({ name: 'web' }));
    const connection = await clusterConnection({ kubeconfig: server.kubeconfig() });
    expect(await connection.request({ path: '/api/v1/services' })).toMatchObject({
      status: 200,
      body: { items: [{ metadata: { name: 'web' } }] },
    });
    server.fault = () => ({ status: 429, message: 'later', headers: { 'retry-after': '2' } });
    expect(await connection.request({ path: '/api/v1/services' })).toMatchObject({
      status: 429,
      body: { message: 'later' },
      retryAfterMs: 2000,
    });
    server.fault = () => 'hang';
    await expect(connection.request({ path: '/api/v1/services', signal: AbortSignal.timeout(50) })).rejects.toThrow();
    await connection.close();
    await expect(connection.request({ path: '/api/v1/services' })).rejects.toThrow('the connection is closed');
  });

  it('sends a request once more when it is no longer let in', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    const connection = await clusterConnection({ kubeconfig: server.kubeconfig() });
    server.fault = () => (server.seen.length === 1 ? { status: 401, message: 'Unauthorized' } : undefined);
    expect(await connection.request({ path: '/api/v1/services' })).toMatchObject({ status: 200 });
    expect(server.seen).toHaveLength(2);
    await connection.close();
  });

  it('stays open when a source that shares it ends', async () => {
    await using server = await FakeApiServer.start(serviceKind);
    const connection = await clusterConnection({ kubeconfig: server.kubeconfig() });
    const running = run(server, [serviceKind], { connection });
    await until(() => server.watches.size === 1);
    await running.stop();
    await until(() => server.watches.size === 0);
    expect(await connection.request({ path: '/api/v1/services' })).toMatchObject({ status: 200 });
    await connection.close();
    await until(() => server.connections === 0);
  });
});

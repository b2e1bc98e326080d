import type { Diagnostic } from '@signalbox/core';
import { configMapOf, echoServer, type EchoServer, ingressOf, type RealHaproxy, serviceOf, sliceOf } from '@signalbox/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { HaproxyOrgOptions } from '../haproxy-org.js';
import { annotated, Scene } from '../testing/scene.js';

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

interface Said {
  readonly snippets?: HaproxyOrgOptions['snippets'];
  readonly configMap?: Readonly<Record<string, string>>;
  readonly ingress?: Readonly<Record<string, string>>;
  readonly service?: Readonly<Record<string, string>>;
}

interface Served {
  readonly haproxy: RealHaproxy;
  readonly app: EchoServer;
  readonly told: readonly Diagnostic[];
  readonly get: (tls?: boolean) => ReturnType<RealHaproxy['request']>;
}

async function serve({ snippets = {}, configMap = {}, ...said }: Said): Promise<Served> {
  const scene = cleanUp.use(await Scene.create({ snippets }));
  const app = cleanUp.use(await echoServer({ name: 'app' }));
  scene.add(
    configMapOf({ name: 'haproxy', namespace: 'ops', data: configMap }),
    serviceOf({ name: 'app', annotations: annotated(said.service) }),
    sliceOf({ service: 'app', endpoints: [app.address], ports: app.port }),
    ingressOf({ name: 'app', annotations: annotated(said.ingress), rules: { 'app.example': [{ service: 'app' }] } }),
  );
  await scene.serve();
  const { haproxy, told } = scene;
  const get: Served['get'] = (tls = false) => haproxy.request({ host: 'app.example', tls });
  return { haproxy, app, told, get };
}

const part = (of: string): Record<string, string> => ({ 'backend-config-snippet': `# why\nhttp-request add-header X-Part ${of}\n` });

describe('backend-config-snippet', () => {
  it('of the ConfigMap, the Ingress and the Service hold together, where the operator allows it', async () => {
    const { get, told } = await serve({
      snippets: { enabledOn: ['ingress', 'service'] },
      configMap: part('configmap'),
      ingress: part('ingress'),
      service: part('service'),
    });
    expect((await get()).echo?.headers['x-part']).toBe('configmap, ingress, service');
    expect(told).toEqual([]);
  });

  it.each(['ingress', 'service'] as const)('of an %s has no effect unless the operator allows it; its other keys hold', async (scope) => {
    const { get, told } = await serve({
      configMap: part('configmap'),
      [scope]: { ...part('object'), 'check-interval': '1s', 'forwarded-for': 'false' },
    });
    const { echo } = await get();
    expect([echo?.headers['x-part'], echo?.headers['x-forwarded-for']]).toEqual(['configmap', undefined]);
    expect(told).toMatchObject([
      {
        severity: 'error',
        code: 'KEY_WITHOUT_EFFECT',
        object: { kind: scope === 'ingress' ? 'Ingress' : 'Service' },
        field: 'metadata.annotations[haproxy.org/backend-config-snippet]',
        message: expect.stringContaining(`--enable-config-snippets=${scope}`) as string,
      },
    ]);
  });

  it.each([
    ['http-request allow', '192.0.2.1', 403],
    ['http-request return status 200', '192.0.2.1', 403],
    ['http-request set-var(txn.rs) str(none)\nhttp-request allow', '192.0.2.1', 403],
    ['http-request return status 200', 'nonsense', 503],
    ['tcp-request content accept', 'nonsense', 503],
    ['stats enable\nstats uri /', '192.0.2.1', 403],
  ])('%j lets nobody pass a guard', async (text, list, status) => {
    const { get, app } = await serve({
      snippets: { enabledOn: ['ingress', 'service'] },
      ingress: { 'backend-config-snippet': text, 'allow-list': list },
      service: { 'backend-config-snippet': text },
    });
    expect((await get()).status).toBe(status);
    expect(app.requests).toEqual([]);
  });

  it.each(['backend evil\n  server one 192.0.2.1:80', 'tcp-request content set-var(txn.rs) str(none)', 'http-request deny if {'])(
    '%j is refused with its line, and nothing else is lost',
    async (text) => {
      const { get, told } = await serve({ snippets: { enabledOn: ['ingress'] }, ingress: { 'backend-config-snippet': `# ok\n${text}` } });
      expect((await get()).status).toBe(200);
      expect(told).toMatchObject([{ severity: 'error', code: 'VALUE_INVALID', message: expect.stringContaining('Line 2 of') as string }]);
    },
  );
});

describe('snippets of the operator', () => {
  const configMap = {
    'global-config-snippet': 'node edge-1',
    'frontend-config-snippet': 'http-request set-header X-Front on\nhttp-response set-header X-Back on',
    'stats-config-snippet': 'stats auth ops:secret',
    ...part('configmap'),
  };
  const statistics = async ({ haproxy }: Served): Promise<number> =>
    (await haproxy.request({ host: 'stats.example', port: haproxy.listen.statsPort })).status;

  it('stand in the sections that they are for', async () => {
    const served = await serve({ configMap });
    for (const tls of [false, true]) {
      const { echo, headers } = await served.get(tls);
      expect([echo?.headers['x-front'], echo?.headers['x-part'], headers['x-back']]).toEqual(['on', 'configmap', 'on']);
    }
    expect(await served.haproxy.command('show info')).toMatch(/^node: edge-1$/m);
    expect(await statistics(served)).toBe(401);
    expect(served.told).toEqual([]);
  });

  it('that are disabled have no effect, also where they are enabled', async () => {
    const served = await serve({
      configMap,
      ingress: part('ingress'),
      snippets: { enabledOn: ['ingress'], disabled: ['global', 'frontend', 'backend'] },
    });
    const { echo, headers } = await served.get();
    expect([echo?.headers['x-front'], echo?.headers['x-part'], headers['x-back']]).toEqual([undefined, undefined, undefined]);
    expect(await served.haproxy.command('show info')).not.toMatch(/edge-1/);
    expect(await statistics(served)).toBe(200);
    expect(served.told.map(({ severity, code }) => [severity, code])).toEqual(
      Array.from({ length: 5 }, () => ['error', 'KEY_WITHOUT_EFFECT']),
    );
  });
});

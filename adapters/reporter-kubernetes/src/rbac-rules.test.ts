import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { FakeApiServer } from './fixtures/fake-api-server.js';
import { ingressRefs, RunningReporter } from './fixtures/running-reporter.js';
import type { KubernetesRequest } from './kubernetes-api.js';
import type { KubernetesReporterOptions } from './options.js';
import { type RbacRule, rbacRules } from './rbac-rules.js';

const verbs = { POST: 'create', PUT: 'update', PATCH: 'patch', GET: 'get' } as const;

/** What the API server asks the rules for. */
function asked({ method, path }: KubernetesRequest): {
  group: string;
  resource: string;
  verb: string;
  name: string | undefined;
  namespace: string | undefined;
} {
  const parts =
    /^\/(?:api|apis\/(?<group>[^/]+))\/[^/]+(?:\/namespaces\/(?<namespace>[^/]+))?\/(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?:\/(?<sub>[^/]+))?$/;
  const { group = '', namespace, plural = '', name, sub } = parts.exec(path)?.groups ?? {};
  const verb = method === 'GET' && name === undefined ? 'list' : verbs[method];
  return { group, namespace, resource: sub === undefined ? plural : `${plural}/${sub}`, verb, name };
}

function allows(rule: RbacRule, { group, resource, verb, name, namespace }: ReturnType<typeof asked>): boolean {
  return (
    rule.apiGroups.includes(group) &&
    rule.resources.includes(resource) &&
    rule.verbs.includes(verb) &&
    (rule.resourceNames === undefined || (name !== undefined && rule.resourceNames.includes(name))) &&
    (rule.namespace === undefined || rule.namespace === namespace)
  );
}

const service = { service: { namespace: 'here', name: 'haproxy' } };
const cases: Partial<KubernetesReporterOptions>[] = [
  { publish: service },
  { publish: service, namespaces: ['shop', 'here'], ingressClass: 'public' },
  { publish: service, disableIngressStatusUpdate: true },
  { events: false },
  { uidOf: () => 'u' },
];

it.each(cases)('allows all that is asked for, and every verb is used, with %j', async (options) => {
  await using server = await FakeApiServer.start();
  const { cluster } = server;
  cluster.put('/api/v1/namespaces/here/services', { metadata: { namespace: 'here', name: 'haproxy' }, spec: { clusterIP: '10.96.0.9' } });
  cluster.putIngress('shop', 'web');
  cluster.put('/apis/networking.k8s.io/v1/ingressclasses', { metadata: { name: 'c' } });
  const diagnostic = { severity: 'error', code: 'X', message: 'Wrong.', object: ingressRefs('shop/web')[0]! } as const;
  const ofClass = { ...diagnostic, object: { group: 'networking.k8s.io', kind: 'IngressClass', namespace: '', name: 'c' } };
  await using running = new RunningReporter(server.api(), { timing: { eventRefreshMs: 50 }, ...options });
  running.reporter.serving({ added: ingressRefs('shop/web'), removed: [] });
  running.reporter.report({ added: [diagnostic, ofClass], removed: [] });
  await vi.waitUntil(() => running.reporter.requests.lease > 4, { timeout: 10_000 });
  await sleep(300);
  await running.stop();

  const rules = rbacRules({ namespace: 'here', publish: { addresses: ['192.0.2.1'] }, ...options });
  const requests = cluster.requests.map(asked);
  expect(requests.filter((request) => !rules.some((rule) => allows(rule, request)))).toEqual([]);
  // Of objects of other kinds nothing was to be told here.
  const needed = rules.filter(
    ({ verbs: [verb], resources: [resource], namespace }) => verb !== 'get' || resource === 'leases' || namespace === 'here',
  );
  const unused = needed.flatMap((rule) =>
    rule.verbs.filter((verb) => !requests.some((request) => request.verb === verb && allows(rule, request))),
  );
  expect(options.namespaces === undefined ? unused : []).toEqual([]);
});

it('reads no Secret of any kind where the host knows the uids', () => {
  const rules = rbacRules({ namespace: 'here', publish: service, uidOf: () => undefined });
  expect(rules.flatMap(({ resources }) => resources)).toEqual(['leases', 'leases', 'ingresses', 'ingresses/status', 'services', 'events']);
});

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Resource } from '@signalbox/core';
import {
  certificateFor,
  configMapOf,
  echoServer,
  ingressOf,
  RealCluster,
  secretOf,
  sendRequest,
  serviceOf,
  sliceOf,
  tlsSecretOf,
} from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { runProgram } from '../fixtures/program.js';
import { Running } from '../fixtures/running.js';

const manifests = resolve(import.meta.dirname, '..', '..', '..', 'deploy', 'manifests');
const own = 'haproxy-controller';
const accountOf = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;
const [theirs, narrow] = [accountOf(own, 'signalbox'), accountOf('edge', 'edge')];
const patient = { timeout: 60_000, interval: 50 };

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
interface Deployment extends Resource {
  readonly spec: {
    readonly template: {
      readonly metadata: object;
      readonly spec: { readonly containers: readonly { readonly name: string; readonly args: readonly string[] }[] };
    };
  };
}

/** A line of the audit log. */
interface Audited {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly responseStatus: { readonly code: number };
  readonly objectRef?: {
    readonly apiGroup?: string;
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
}

let folder: string;
let cluster: RealCluster;
let objects: readonly Resource[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-rbac-'));
  const policy = join(folder, 'policy.json');
  const rules = [{ level: 'Metadata', users: [theirs, narrow] }, { level: 'None' }];
  await writeFile(policy, JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', omitStages: ['RequestReceived'], rules }));
  cluster = await RealCluster.start({ apiServerFlags: [`--audit-policy-file=${policy}`, `--audit-log-path=${join(folder, 'audit.log')}`] });
  const files = (await readdir(manifests)).sort();
  const texts = await Promise.all(files.map(async (file) => readFile(join(manifests, file), 'utf8')));
  objects = texts.flatMap((text) => parseAllDocuments(text).map((document) => document.toJS() as Resource));
  await cluster.apply(objects);
}, 180_000);
afterAll(async () => {
  await cluster?.stop();
  await rm(folder, { recursive: true, force: true });
});

const ofKind = <T extends Resource>(kind: string): readonly T[] => objects.filter((object) => object.kind === kind) as T[];
const controllerOf = ({ spec }: Deployment) => spec.template.spec.containers.find(({ name }) => name === 'controller');

/** What an account has asked for. */
async function audited(account: string = theirs): Promise<readonly Audited[]> {
  const lines = (await readFile(join(folder, 'audit.log'), 'utf8')).trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Audited).filter(({ user }) => user.username === account);
}

/** What the roles allow, one by one: `list networking.k8s.io/ingresses`, `get /services signalbox-load-balancer in haproxy-controller`. */
function allowed(): ReadonlySet<string> {
  const roles = [
    ...ofKind<Resource & { readonly rules: readonly Rule[] }>('ClusterRole'),
    ...ofKind<Resource & { readonly rules: readonly Rule[] }>('Role'),
  ];
  return new Set(
    roles.flatMap(({ metadata: { namespace }, rules }) =>
      rules.flatMap(({ apiGroups, resources, resourceNames = [undefined], verbs }) =>
        verbs.flatMap((verb) =>
          apiGroups.flatMap((group) =>
            resources.flatMap((resource) => resourceNames.map((name) => permission(verb, `${group}/${resource}`, name, namespace))),
          ),
        ),
      ),
    ),
  );
}

function permission(verb: string, what: string, name?: string, namespace?: string): string {
  return [verb, what, ...(name === undefined ? [] : [name]), ...(namespace === undefined ? [] : ['in', namespace])].join(' ');
}

/** The permissions of which a request may have been an exercise. */
function exercised({ verb, objectRef: { apiGroup = '', resource = '', subresource, namespace, name } = {} }: Audited): string[] {
  const what = `${apiGroup}/${[resource, ...(subresource === undefined ? [] : [subresource])].join('/')}`;
  return [permission(verb, what), permission(verb, what, undefined, namespace), permission(verb, what, name, namespace)];
}

describe('the manifests in a cluster', { timeout: 240_000 }, () => {
  it('have pods that the API server takes in their namespace', async () => {
    const deployments = ofKind<Deployment>('Deployment');
    expect(deployments).toHaveLength(2);
    for (const { metadata, spec } of deployments) {
      const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...spec.template.metadata, name: metadata.name }, spec: spec.template.spec };
      const answer = await cluster.request({ method: 'POST', path: `/api/v1/namespaces/${own}/pods?dryRun=All`, body: pod });
      expect(answer).toMatchObject({ status: 201 });
    }
  });

  it('allow the controller all that it asks for, and nothing that it does not', async () => {
    await using _server = await echoServer({ name: 'app', address: '10.244.0.1', port: 8080 });
    const { certificate, key } = await certificateFor(['shop.example']);
    await cluster.apply([
      serviceOf({ name: 'app' }),
      sliceOf({ service: 'app', endpoints: ['10.244.0.1'], ports: 8080 }),
      tlsSecretOf({ name: 'shop', certificate, key }),
      secretOf({ name: 'private', data: { word: 'nobody reads it' } }),
      configMapOf({ name: 'private', data: {} }),
      ingressOf({
        name: 'shop',
        className: 'haproxy',
        annotations: { 'haproxy.org/load-balance': 'the-best' },
        rules: { 'shop.example': [{ path: '/', service: 'app' }] },
        tls: [{ hosts: ['shop.example'], secretName: 'shop' }],
      }),
    ]);
    await cluster.patch(
      { apiVersion: 'v1', kind: 'Service', metadata: { namespace: own, name: 'signalbox-load-balancer' } },
      { status: { loadBalancer: { ingress: [{ ip: '203.0.113.7' }] } } },
      'status',
    );
    const kubeconfig = join(folder, 'kubeconfig');
    await writeFile(kubeconfig, cluster.kubeconfigFor(await cluster.serviceAccountToken(own, 'signalbox')));
    const deployment = ofKind<Deployment>('Deployment').find(({ metadata }) => metadata.name === 'signalbox');
    const flags = (deployment && controllerOf(deployment))?.args.filter((arg) => /^--(configmap|default-backend|publish)/.test(arg)) ?? [];
    await using running = await Running.make();
    const start = async (): Promise<ReturnType<Running['startPlain']>> => {
      const program = running.startPlain([...flags, '--kubeconfig', kubeconfig], { POD_NAMESPACE: own, POD_NAME: 'signalbox-0' });
      await running.ready(60_000);
      return program;
    };
    const first = await start();
    expect(await sendRequest({ port: running.ports.https, host: 'shop.example', tls: true })).toMatchObject({ status: 200 });
    const has = async (verb: string, resource: string): Promise<boolean> =>
      vi.waitUntil(
        async () =>
          (await audited()).some((each) => each.verb === verb && each.objectRef?.resource === resource && each.responseStatus.code < 300),
        patient,
      );
    await has('patch', 'ingresses');
    await has('create', 'events');
    first.kill('SIGTERM');
    expect(await first.ended()).toBe(0);
    // The next one has the same to tell, and finds that it is told.
    const second = await start();
    await has('patch', 'events');
    second.kill('SIGTERM');
    expect(await second.ended()).toBe(0);

    expect(first.said + second.said).not.toMatch(/forbidden|FORBIDDEN|cannot be had/);
    const requests = await audited();
    expect(requests.filter(({ responseStatus }) => responseStatus.code === 403)).toEqual([]);
    // What has been used would be missed: RBAC allows nothing that no rule names.
    const used = new Set(requests.filter(({ responseStatus }) => responseStatus.code < 300).flatMap(exercised));
    expect([...allowed().difference(used)]).toEqual([]);
    expect(requests.filter(({ requestURI }) => requestURI.includes('private'))).toEqual([]);
  });

  it('are narrower where fewer namespaces are served', async () => {
    await using _server = await echoServer({ name: 'app', address: '10.244.0.1', port: 8080 });
    const flags = ['--namespace-whitelist=shop', '--configmap=edge/settings', '--publish-address=203.0.113.7'];
    const { stdout } = await runProgram('rbac', '--name=edge', '--service-account=edge/edge', ...flags);
    expect(stdout.match(/^kind: ClusterRole$[^]*?---/m)?.[0]).toMatch(/resources: \[ingressclasses\]\n    verbs: \[list, watch\]\n---/);
    const token = await cluster.serviceAccountToken('edge', 'edge');
    await cluster.apply([
      configMapOf({ name: 'settings', namespace: 'edge', data: { maxconn: '1234' } }),
      serviceOf({ name: 'app', namespace: 'shop' }),
      sliceOf({ service: 'app', namespace: 'shop', endpoints: ['10.244.0.1'], ports: 8080 }),
      ingressOf({
        name: 'narrow',
        namespace: 'shop',
        className: 'haproxy',
        annotations: { 'haproxy.org/load-balance': 'the-best' },
        rules: { 'narrow.example': [{ path: '/', service: 'app' }] },
      }),
    ]);
    await cluster.apply(stdout);
    const kubeconfig = join(folder, 'narrow');
    await writeFile(kubeconfig, cluster.kubeconfigFor(token));
    await using running = await Running.make();
    const program = running.startPlain([...flags, '--kubeconfig', kubeconfig], { POD_NAMESPACE: 'edge' });
    await running.ready(60_000);
    expect((await running.get('narrow.example')).status).toBe(200);
    for (const uri of ['/ingresses/narrow/status', '/namespaces/shop/events'])
      await vi.waitUntil(async () => (await audited(narrow)).some(({ requestURI }) => requestURI.includes(uri)), patient);
    program.kill('SIGTERM');
    expect(await program.ended()).toBe(0);
    expect((await audited(narrow)).filter(({ responseStatus }) => responseStatus.code === 403)).toEqual([]);
  });
});

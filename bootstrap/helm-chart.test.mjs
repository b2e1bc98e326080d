import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { findHelm } from './cluster.mjs';
import { manifestsOf, nameOf, parseManifests } from './manifests.mjs';
import { readJson, root } from './workspaces.mjs';

const chart = join(root, 'deploy', 'helm', 'signalbox');
const { version } = readJson(join(root, 'controller', 'package.json'));
const helm = findHelm();

if (helm === undefined) {
  process.stderr.write(
    'left out: the chart is not rendered, as there is no helm. `npm test` builds one where it can build a cluster; or name one with HELM=<path>.\n',
  );
}

function run(...args) {
  return spawnSync(helm, args, { encoding: 'utf8', timeout: 60_000, env: { ...process.env, HELM_CACHE_HOME: '/nonexistent' } });
}

const set = (values) => Object.entries(values).map(([name, value]) => `--set-json=${name}=${JSON.stringify(value)}`);

/** For the oldest Kubernetes that will do: a helm from `go install` takes another one for granted. */
function template(values = {}) {
  return run('template', 'signalbox', chart, '--namespace', 'haproxy-controller', '--kube-version', '1.21.0', ...set(values));
}

function rendered(values) {
  const { status, stdout, stderr } = template(values);
  if (status !== 0) throw new Error(stderr);
  return parseManifests(stdout, 'helm template');
}

/** What only a chart says of its objects. */
const ofCharts = ['app.kubernetes.io/version', 'app.kubernetes.io/managed-by', 'helm.sh/chart'];

function comparable(objects) {
  const withoutLabels = (object) => {
    const labels = Object.entries(object.metadata.labels ?? {}).filter(([name]) => !ofCharts.includes(name));
    return { ...object, metadata: { ...object.metadata, labels: Object.fromEntries(labels) } };
  };
  return Object.fromEntries(objects.map((object) => [nameOf(object), withoutLabels(object)]));
}

/** `--create-namespace` makes it where a chart is installed. */
const plain = manifestsOf('manifests').filter(({ kind }) => kind !== 'Namespace');
const ofDeployment = (objects) => objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'signalbox');
const containersOf = (objects) => ofDeployment(objects).spec.template.spec.containers;

describe('the chart', () => {
  it('has the version of the program', () => {
    expect(parse(readFileSync(join(chart, 'Chart.yaml'), 'utf8'))).toMatchObject({ version, appVersion: version });
  });

  it('has a schema that knows each of its values, and no other', () => {
    const schema = readJson(join(chart, 'values.schema.json'));
    const compare = (values, { properties, additionalProperties }, path) => {
      if (additionalProperties !== false) return;
      expect(
        Object.keys(properties)
          .filter((name) => name !== 'global' && name !== 'claims')
          .sort(),
        path,
      ).toEqual(Object.keys(values).sort());
      for (const [name, value] of Object.entries(values))
        if (properties[name].properties && properties[name].additionalProperties === false)
          compare(value, properties[name], `${path}.${name}`);
    };
    compare(parse(readFileSync(join(chart, 'values.yaml'), 'utf8')), schema, 'values');
  });

  it('says the same to HAProxy and of roles as the manifests, letter by letter', () => {
    const text = readdirSync(join(chart, 'templates'))
      .map((name) => readFileSync(join(chart, 'templates', name), 'utf8'))
      .join('\n');
    const lines = (value) =>
      value
        .trim()
        .split('\n')
        .map((line) => line.trim());
    const [, haproxy] = containersOf(plain);
    const config = plain.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'ingress-default-backend');
    for (const line of [...lines(haproxy.command[2]), ...lines(config.data['haproxy.cfg'])]) expect(text).toContain(line);
    const roles = text.replaceAll(/\n +resourceNames: .*/g, '');
    for (const { rules } of plain.filter(({ kind }) => kind.endsWith('Role')))
      for (const { resources, verbs } of rules)
        expect(roles).toContain(`resources: [${resources.join(', ')}]\n    verbs: [${verbs.join(', ')}]`);
  });
});

describe.skipIf(helm === undefined)('the rendered chart', { timeout: 60_000 }, () => {
  it('is what the manifests are', () => {
    expect(comparable(rendered())).toEqual(comparable(plain));
  });

  it('is the variant with one container, where that is wanted', () => {
    const [oneContainer] = manifestsOf('manifests-one-container');
    expect(comparable([ofDeployment(rendered({ oneContainer: true }))])).toEqual(comparable([oneContainer]));
  });

  it('has nothing that is not wanted', () => {
    const none = { create: false };
    const objects = rendered({
      ...Object.fromEntries(
        ['configMap', 'ingressClass', 'defaultBackend', 'serviceAccount', 'rbac', 'podDisruptionBudget'].map((name) => [name, none]),
      ),
      services: { nodePort: none, loadBalancer: none, metrics: none },
    });
    expect(objects.map(nameOf)).toEqual(['Deployment haproxy-controller/signalbox']);
    const [{ args }] = containersOf(objects);
    expect(args.filter((arg) => /^--(publish|default-backend)-service/.test(arg))).toEqual([]);
  });

  it('says what is asked for', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    const objects = rendered({
      image: { repository: 'registry.test/signalbox', tag: '1.2.3', digest, pullPolicy: 'Always' },
      extraArgs: ['--disable-ipv6', '--trusted-sources=10.0.0.0/8,192.168.0.0/16'],
      ingressClass: { name: 'inner', separate: true, isDefault: true },
      defaultBackend: { service: 'shop/errors:http' },
      defaultSslCertificate: 'default/tls-secret',
      'configMap.data': { 'ssl-redirect': 'false' },
      'services.nodePort.httpPort': 30080,
      drainSeconds: 5,
      terminationGracePeriodSeconds: 90,
      'resources.controller.limits.memory': '1Gi',
    });
    const { template: pod } = ofDeployment(objects).spec;
    const [controller] = pod.spec.containers;
    expect(controller).toMatchObject({
      image: `registry.test/signalbox@${digest}`,
      imagePullPolicy: 'Always',
      resources: { limits: { memory: '1Gi' } },
    });
    expect(controller.args).toEqual(
      expect.arrayContaining([
        '--ingress.class=inner',
        '--default-backend-service=shop/errors:http',
        '--default-ssl-certificate=default/tls-secret',
      ]),
    );
    expect(controller.args.slice(-2)).toEqual(['--disable-ipv6', '--trusted-sources=10.0.0.0/8,192.168.0.0/16']);
    expect(pod.spec.terminationGracePeriodSeconds).toBe(90);
    for (const { lifecycle } of pod.spec.containers) expect(lifecycle.preStop.exec.command).toEqual(['sleep', '5']);
    const of = (name) => objects.find((each) => nameOf(each) === name);
    expect(of('IngressClass inner')).toMatchObject({
      metadata: { annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
      spec: { controller: 'haproxy.org/ingress-controller/inner' },
    });
    // Each class has a Lease.
    expect(of('Role haproxy-controller/signalbox').rules).toContainEqual(expect.objectContaining({ resourceNames: ['signalbox-inner'] }));
    expect(of('ConfigMap haproxy-controller/haproxy-configmap').data).toEqual({ 'ssl-redirect': 'false', 'ssl-redirect-port': '443' });
    expect(of('Service haproxy-controller/signalbox').spec.ports[0].nodePort).toBe(30_080);
    expect(of('Deployment haproxy-controller/ingress-default-backend')).toBeUndefined();
  });

  it.each([
    ['a value that it does not know', { replica: 3 }, /replica/],
    ['a tag that moves', { 'image.tag': 'latest' }, /tag/],
    ['a key of the ConfigMap that is no text', { 'configMap.data': { 'ssl-redirect': false } }, /ssl-redirect/],
    ['a Secret without a namespace', { defaultSslCertificate: 'tls-secret' }, /defaultSslCertificate/],
  ])('is none for %s', (_name, values, words) => {
    const { status, stderr } = template(values);
    expect(status).not.toBe(0);
    expect(stderr).toMatch(words);
  });

  it('has nothing that helm lint complains about', () => {
    const { status, stdout, stderr } = run('lint', '--strict', chart);
    expect({ status, said: `${stdout}${stderr}` }).toMatchObject({ status: 0, said: expect.stringContaining('0 chart(s) failed') });
  });
});

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { containerOf, flagOf, manifestsOf, nameOf } from './manifests.mjs';
import { readJson, root } from './workspaces.mjs';

const signalbox = [process.execPath, join(root, 'controller', 'bin', 'signalbox.mjs')];
const { version } = readJson(join(root, 'controller', 'package.json'));

const all = manifestsOf('manifests');
const [oneContainer, ...more] = manifestsOf('manifests-one-container');
const found = (name) => all.find((each) => nameOf(each) === name) ?? expect.unreachable(`there is no ${name}`);
const deployment = found('Deployment haproxy-controller/signalbox');
const controller = containerOf(deployment, 'controller');
const haproxyContainer = containerOf(deployment, 'haproxy');
const deployments = [...all.filter(({ kind }) => kind === 'Deployment'), oneContainer];

/** All pods of the installation whose labels a selector names. */
const selected = (selector) =>
  deployments.filter(({ spec }) => Object.entries(selector).every(([key, value]) => spec.template.metadata.labels[key] === value));
const portNames = ({ spec }) => spec.template.spec.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name));

describe('the manifests', () => {
  it('are objects of one namespace, each there once', () => {
    expect(new Set(all.map(nameOf)).size).toBe(all.length);
    const clusterWide = ['Namespace', 'ClusterRole', 'ClusterRoleBinding', 'IngressClass'];
    for (const object of all) {
      expect(object.metadata.namespace, nameOf(object)).toBe(clusterWide.includes(object.kind) ? undefined : 'haproxy-controller');
      if (object.kind !== 'Namespace')
        expect(object.metadata.labels, nameOf(object)).toMatchObject({ 'app.kubernetes.io/instance': 'signalbox' });
    }
    expect(all[0].kind).toBe('Namespace');
  });

  it('name what is there', () => {
    for (const { kind, metadata, roleRef, subjects } of all.filter((each) => each.kind.endsWith('Binding'))) {
      found(`${roleRef.kind} ${kind === 'RoleBinding' ? `${metadata.namespace}/` : ''}${roleRef.name}`);
      for (const subject of subjects) found(`${subject.kind} ${subject.namespace}/${subject.name}`);
    }
    found(`ServiceAccount haproxy-controller/${deployment.spec.template.spec.serviceAccountName}`);
    found(`ConfigMap ${flagOf(controller.args, 'configmap')}`);
    found(`Service ${flagOf(controller.args, 'default-backend-service')}`);
    expect(found(`Service ${flagOf(controller.args, 'publish-service')}`).spec.type).toBe('LoadBalancer');
    expect(found('IngressClass haproxy').spec.controller).toBe('haproxy.org/ingress-controller');
  });

  it('lead to pods: selectors, ports, volumes', () => {
    for (const { spec } of deployments) expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
    const services = all.filter(({ kind }) => kind === 'Service');
    expect(services.map(({ spec }) => spec.type ?? 'ClusterIP').sort()).toEqual(['ClusterIP', 'ClusterIP', 'LoadBalancer', 'NodePort']);
    for (const service of services) {
      const pods = selected(service.spec.selector);
      expect(pods.length, nameOf(service)).toBeGreaterThan(0);
      for (const pod of pods)
        expect(portNames(pod), nameOf(service)).toEqual(expect.arrayContaining(service.spec.ports.map(({ targetPort }) => targetPort)));
    }
    expect(selected(found('PodDisruptionBudget haproxy-controller/signalbox').spec.selector.matchLabels)).toEqual([
      deployment,
      oneContainer,
    ]);
    for (const { spec } of deployments) {
      const { containers, volumes } = spec.template.spec;
      for (const { ports, volumeMounts, ...container } of containers) {
        for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
          if (container[probe]) expect(ports.map(({ name }) => name)).toContain(container[probe].httpGet.port);
        expect(volumes.map(({ name }) => name)).toEqual(expect.arrayContaining(volumeMounts.map(({ name }) => name)));
      }
    }
  });

  it('ask the controller and HAProxy how they are', () => {
    expect([controller.livenessProbe, controller.readinessProbe].map(({ httpGet }) => httpGet.path)).toEqual(['/healthz', '/readyz']);
    for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe'])
      expect(haproxyContainer[probe].httpGet).toEqual({ path: '/healthz', port: 'healthz' });
  });

  it('give the token to the controller alone', () => {
    for (const { spec } of deployments) expect(spec.template.spec.automountServiceAccountToken).toBe(false);
    expect(found('ServiceAccount haproxy-controller/signalbox').automountServiceAccountToken).toBe(false);
    const { containers, volumes } = deployment.spec.template.spec;
    const tokens = volumes.filter(({ projected }) => projected?.sources.some(({ serviceAccountToken }) => serviceAccountToken));
    expect(tokens).toHaveLength(1);
    const holders = containers.filter(({ volumeMounts }) => volumeMounts.some(({ name }) => name === tokens[0].name));
    expect(holders).toEqual([controller]);
    expect(controller.volumeMounts.find(({ name }) => name === tokens[0].name).mountPath).toBe(
      '/var/run/secrets/kubernetes.io/serviceaccount',
    );
  });

  it('allow the controller what it needs for its flags, and no more: what signalbox rbac prints', () => {
    const [, ...flags] = controller.args;
    const { metadata } = found('ServiceAccount haproxy-controller/signalbox');
    const account = `--service-account=${metadata.namespace}/${metadata.name}`;
    const { stdout, stderr } = spawnSync(signalbox[0], [signalbox[1], 'rbac', account, ...flags], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(readFileSync(join(root, 'deploy', 'manifests', '20-roles.yaml'), 'utf8')).toBe(stdout);
  });

  it('run nothing with more rights than it needs', () => {
    for (const { spec } of deployments) {
      const pod = spec.template.spec;
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: 'RuntimeDefault' } });
      expect(pod).not.toHaveProperty('hostNetwork');
      for (const { name, securityContext, resources } of pod.containers) {
        expect(securityContext, name).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        expect(resources, name).toMatchObject({
          requests: { cpu: expect.any(String), memory: expect.any(String) },
          limits: { memory: expect.any(String) },
        });
      }
    }
    expect(found('Namespace haproxy-controller').metadata.labels).toEqual({ 'pod-security.kubernetes.io/enforce': 'restricted' });
  });

  it('pin their images, and the versions fit', () => {
    const images = deployments.flatMap(({ spec }) => spec.template.spec.containers.map(({ image }) => image));
    const haproxies = images.filter((image) => image.includes('haproxy'));
    const containerfile = readFileSync(join(root, 'deploy', 'Containerfile'), 'utf8');
    const [nodeImage, haproxyImage] = ['NODE', 'HAPROXY'].map((name) => new RegExp(`^ARG ${name}_IMAGE=(.+)$`, 'm').exec(containerfile)[1]);
    for (const image of [...images, nodeImage]) expect(image).toMatch(/^[^/]+\/.+:\d+\.\d+\.\d+/);
    // What checks is what runs.
    expect(new Set(haproxies)).toEqual(new Set([haproxyImage]));
    expect(controller.image).toBe(`localhost/signalbox:${version}`);
    expect(containerfile).toContain(controller.image);
    const [major, minor] = /:(\d+)\.(\d+)/.exec(nodeImage).slice(1).map(Number);
    expect(major > 22 || (major === 22 && minor >= 19)).toBe(true);
  });

  it('have a variant with one container, which is the same but for that', () => {
    expect(more).toEqual([]);
    expect(nameOf(oneContainer)).toBe(nameOf(deployment));
    const pod = oneContainer.spec.template.spec;
    expect(pod.containers).toHaveLength(1);
    const [both] = pod.containers;
    const without = ({ spec: { template, ...spec }, ...object }) => {
      const { containers: _, terminationGracePeriodSeconds: __, ...rest } = template.spec;
      return { ...object, spec: { ...spec, template: { ...template, spec: rest } } };
    };
    expect(without(oneContainer)).toEqual(without(deployment));
    const { args, ports, resources: _, ...rest } = controller;
    expect(both).toMatchObject(rest);
    expect(both.args).toEqual(args.filter((arg) => !arg.startsWith('--master-socket=')));
    expect(both.ports).toEqual([...haproxyContainer.ports, ...ports]);
  });
});

describe('the flags', { timeout: 60_000 }, () => {
  const help = () =>
    spawnSync(signalbox[0], [signalbox[1], 'run', '--help'], { encoding: 'utf8', env: { ...process.env, COLUMNS: '500' } }).stdout;

  it('are those of the program, and lead to the ports that are named', () => {
    const text = help();
    for (const { args } of [controller, oneContainer.spec.template.spec.containers[0]])
      for (const arg of args.slice(1)) expect(text).toContain(` ${arg.split('=')[0]} `);
    const portOf = (flag) => Number(new RegExp(`--${flag}-port <port>[^]*?default: (\\d+)`).exec(text)[1]);
    const flags = { http: 'http-bind', https: 'https-bind', stat: 'stats-bind', healthz: 'healthz-bind', controller: 'controller' };
    for (const { name, containerPort } of [...haproxyContainer.ports, ...controller.ports])
      expect(containerPort, name).toBe(portOf(flags[name]));
  });

  it('name folders that both containers have, of their own user inside of volumes', () => {
    const environment = Object.fromEntries(haproxyContainer.env.map(({ name, value }) => [name, value]));
    const [configDir, runtimeDir] = [flagOf(controller.args, 'config-dir'), flagOf(controller.args, 'runtime-dir')];
    expect(environment).toEqual({ CONFIG_DIR: configDir, RUNTIME_DIR: runtimeDir });
    expect(flagOf(controller.args, 'master-socket')).toBe(`${runtimeDir}/master.sock`);
    const mounts = ({ volumeMounts }) =>
      volumeMounts.filter(({ name }) => name !== 'token').map(({ name, mountPath }) => `${name} ${mountPath}`);
    expect(mounts(haproxyContainer)).toEqual(mounts(controller));
    for (const path of [configDir, runtimeDir])
      expect(controller.volumeMounts.filter(({ mountPath }) => path.startsWith(`${mountPath}/`))).toHaveLength(1);
  });
});

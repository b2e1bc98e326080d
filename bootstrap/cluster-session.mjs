/** What `npm run cluster` does inside of the private network; cluster-shell.mjs starts it there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { say } from './say.mjs';
import { root } from './workspaces.mjs';

const echoAddresses = ['10.244.0.1', '10.244.0.2', '10.244.0.3'];
const echoPort = 5678;
/** The usual ones are left to whoever tries a controller of their own. */
const [httpPort, httpsPort] = [8000, 8001];
const controllerPort = 6060;

// Before anything is started, so that nothing is left behind.
const told = new Promise((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, resolve);
  process.on('disconnect', () => resolve('SIGHUP'));
});

const { RealCluster, configMapOf, echoServer, ingressOf, serviceOf, sliceOf } = await import(
  pathToFileURL(join(root, 'testing', 'dist', 'index.js')).href
);
say('starting etcd, kube-apiserver and the controller (some seconds)…');
const cluster = await RealCluster.start();
const echoes = await Promise.all(echoAddresses.map((address, index) => echoServer({ name: `echo-${index + 1}`, address, port: echoPort })));
await cluster.apply([
  {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name: 'haproxy' },
    spec: { controller: 'haproxy.org/ingress-controller' },
  },
  configMapOf({ name: 'haproxy-configmap', data: {} }),
  serviceOf({ name: 'echo' }),
  sliceOf({ service: 'echo', endpoints: echoAddresses, ports: echoPort }),
  ingressOf({ name: 'echo', rules: { 'echo.example': [{ path: '/', service: 'echo' }] } }),
]);
const controller = await startController();

const command = process.argv.slice(2);
if (command.length > 0) {
  process.exitCode = await run(command);
} else if (process.stdin.isTTY) {
  welcome('Leave this shell, and all is gone.');
  await run([process.env.SHELL || 'sh']);
} else {
  welcome('It stays until it is told to end.');
  await told;
}
controller.kill('SIGTERM');
if (controller.exitCode === null && controller.signalCode === null) await once(controller, 'exit');
for (const echo of echoes) await echo.close();
await cluster.stop();
process.exit();

/** The controller as it is built, with a log in the folder of the cluster. Resolves when it is ready, or has ended. */
async function startController() {
  const folder = join(cluster.directory, 'signalbox');
  mkdirSync(folder);
  const log = openSync(join(folder, 'log'), 'w');
  const args = [
    ...['run', '--kubeconfig', cluster.kubeconfig.path, '--configmap', 'default/haproxy-configmap'],
    ...['--config-dir', join(folder, 'config'), '--runtime-dir', join(folder, 'run')],
    ...['--http-bind-port', String(httpPort), '--https-bind-port', String(httpsPort)],
    ...['--controller-port', String(controllerPort), '--publish-address', '127.0.0.1'],
  ];
  const started = spawn(process.execPath, [join(root, 'controller', 'bin', 'signalbox.mjs'), ...args], { stdio: ['ignore', log, log] });
  const isReady = () =>
    fetch(`http://127.0.0.1:${controllerPort}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (started.exitCode === null && !(await isReady())) await sleep(50);
  if (started.exitCode !== null) say(`the controller has ended:\n${readFileSync(join(folder, 'log'), 'utf8')}`);
  return started;
}

/**
 * Resolves with its exit code. It is told what we are told, and has the last word.
 * @param {readonly string[]} words
 */
function run([program, ...args]) {
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, KUBECONFIG: cluster.kubeconfig.path } });
  const isAtTerminal = process.stdin.isTTY === true;
  // A terminal tells everybody in front of it by itself.
  void told.then((signal) => (isAtTerminal && signal === 'SIGINT' ? undefined : child.kill(signal)));
  return new Promise((resolve) => {
    child.on('error', (error) => {
      say(error.message);
      resolve(127);
    });
    child.on('close', (code) => resolve(code ?? 1));
  });
}

/** @param {string} ending */
function welcome(ending) {
  const { path } = cluster.kubeconfig;
  // A user namespace that holds all ids is the machine's own: there is none to enter.
  const hasOwnUsers = !readFileSync('/proc/self/uid_map', 'utf8').includes('4294967295');
  const into = `nsenter -t ${process.pid} ${hasOwnUsers ? '-U --preserve-credentials ' : ''}-n`;
  say(`Kubernetes is at ${cluster.server}, in a network of its own.

  KUBECONFIG=${path}
  kubectl get services,endpointslices,ingresses
  curl --cacert ${cluster.caFile} -H 'Authorization: Bearer ${cluster.adminToken}' ${cluster.server}/version

Servers that say what they saw are at ${echoAddresses.join(', ')}, port ${echoPort}: the Service default/echo. The controller serves
them by the Ingress default/echo; its log is ${join(cluster.directory, 'signalbox', 'log')}.

  curl -H 'Host: echo.example' http://127.0.0.1:${httpPort}/
  curl http://127.0.0.1:${controllerPort}/readyz
From another terminal:

  ${into} env KUBECONFIG=${path} ${process.env.SHELL || 'sh'}

${ending}`);
}

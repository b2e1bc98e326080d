/**
 * `npm run cluster`: a Kubernetes API server in a private network, with servers that say what they saw. With a command
 * (`npm run cluster -- kubectl get services`) it runs that in it; at a terminal it opens a shell in it; elsewhere it stays until it
 * is told to end. Nothing of it is left behind.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { clusterNetwork } from './cluster-network.mjs';
import { findCluster, howToGive } from './cluster.mjs';
import { BootstrapError, say } from './say.mjs';

const usage = `npm run cluster                    a Kubernetes API server with the controller: a shell in its network at a terminal, else until it is told to end
npm run cluster -- COMMAND [ARG…]  runs a command in it instead: npm run cluster -- curl -sH 'Host: echo.example' http://127.0.0.1:8000/
`;

try {
  process.exitCode = await enter(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

/** @param {readonly string[]} command @returns {Promise<number>} its exit code */
async function enter(command) {
  if (command[0]?.startsWith('-')) {
    process.stdout.write(usage);
    return ['-h', '--help'].includes(command[0]) ? 0 : 2;
  }
  const folder = findCluster();
  if (folder === undefined) throw new BootstrapError(`there is no etcd and no kube-apiserver. ${howToGive}`);
  const { problem, inside } = clusterNetwork();
  if (problem !== undefined) throw new BootstrapError(`${problem}. Linux, unshare (util-linux) and ip (iproute2) are needed.`);
  const [program, args] = inside([process.execPath, fileURLToPath(new URL('./cluster-session.mjs', import.meta.url)), ...command]);
  const child = spawn(program, args, {
    // The channel tells it when we are gone, however that came.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, KUBEBUILDER_ASSETS: folder },
  });
  // What ends is the session; a Ctrl-C has reached it already.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => child.kill('SIGINT'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve(code ?? 1));
  });
}

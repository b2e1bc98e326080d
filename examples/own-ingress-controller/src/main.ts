import { clusterConnection } from '@signalbox/source-kubernetes';
import { keptCertificate } from 'signalbox';
import { edge } from './edge.js';

const [command = 'run', directory = '/tmp/edge', address = '203.0.113.7'] = process.argv.slice(2);
// That of the pod, else $KUBECONFIG.
const connection = await clusterConnection();
// Self-signed; made once and kept.
const { pem: certificate } = await keptCertificate(directory);
// So that it may run beside the controller of `npm run cluster`.
const listen = { healthzPort: 1043, statsPort: 1025 };
const { controller, roles } = edge({ connection, addresses: [address], directory, certificate, listen });

if (command === 'roles') {
  console.log(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: roles }, undefined, 2));
} else {
  controller.events.on('failed', ({ error }) => console.log('Tried in vain:', error));
  controller.events.on('applied', ({ steps, reload }) => console.log(`Applied ${String(steps.length)} steps; HAProxy: ${reload}.`));
  const ended = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
  await controller.run(ended.signal);
}
await connection.close();

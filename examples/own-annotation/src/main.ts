import { keptCertificate } from 'signalbox';
import { ownController } from './own-controller.js';

const [manifests = 'manifests', directory = '/tmp/own-annotation'] = process.argv.slice(2);
// Self-signed; made once and kept.
const { pem } = await keptCertificate(directory);
const controller = ownController({ manifests: [manifests], directory, certificate: pem });

// #region run
controller.events.on('diagnostics', ({ added }) => {
  for (const { severity, code, field, message } of added) console.log(severity, code, field ?? '', message);
});
controller.events.on('failed', ({ error }) => console.log('Tried in vain:', error));
controller.events.on('applied', ({ steps, reload }) => console.log(`Applied ${String(steps.length)} steps; HAProxy: ${reload}.`));

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort());
await controller.run(ended.signal);
// #endregion run

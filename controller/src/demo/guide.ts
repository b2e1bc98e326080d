import { isIPv4 } from 'node:net';
import { relative } from 'node:path';
import { painter } from '../cli/painter.js';
import type { ListenChoices } from '../listen.js';

/** What there is to try. */
export function guide({ addresses, httpPort, httpsPort, statsPort }: ListenChoices, manifests: string): string {
  const paint = painter(process.stdout);
  const host = addresses.some((address) => isIPv4(address) && address !== '127.0.0.1' && address !== '0.0.0.0')
    ? (addresses[0] ?? 'localhost')
    : 'localhost';
  const http = `http://${host}:${String(httpPort)}/`;
  const folder = relative(process.cwd(), manifests) || '.';
  const tries = [
    ...(httpPort === 0
      ? []
      : [
          [`curl -i ${http}`, '404: no route takes this host'],
          [`curl -H 'Host: foo.bar' ${http}`, '200: from app-1 and app-2 in turn'],
        ]),
    ...(httpsPort === 0 ? [] : [[`curl -k -H 'Host: foo.bar' https://${host}:${String(httpsPort)}/`, 'the same over TLS, self-signed']]),
    [`http://${host}:${String(statsPort)}/`, 'statistics; /metrics for Prometheus'],
  ];
  const width = Math.max(...tries.map(([what = '']) => what.length)) + 3;
  return [
    '',
    paint.bold(`HAProxy serves ${folder}. Try:`),
    '',
    ...tries.map(([what = '', why = '']) => `  ${what.padEnd(width)}${paint.dim(why)}`),
    '',
    `Edit a file in ${folder}: write another host than foo.bar, and it is served within a second, without a`,
    'request lost. What changes, and why HAProxy was reloaded, is said below. Ctrl-C ends it all and leaves nothing behind.',
    '',
    '',
  ].join('\n');
}

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, type EchoServer, echoServer, sendRequest } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../explain/explanation.js';
import { runProgram } from '../fixtures/program.js';
import { Running } from '../fixtures/running.js';

/** Two Ingresses that want the same, guards, redirects, and a Service without endpoints. `%WEB%` and `%CART%` are ports. */
const manifests = `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  creationTimestamp: "2024-01-01T00:00:00Z"
  annotations: { haproxy.org/check: "no", haproxy.org/load-balance: nonsense }
spec:
  rules:
    - host: shop.example
      http:
        paths:
          - { path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }
          - { path: /cart, pathType: Prefix, backend: { service: { name: cart, port: { number: 80 } } } }
          - { path: /cart/own, pathType: Exact, backend: { service: { name: web, port: { number: 80 } } } }
          - { path: /empty, pathType: Prefix, backend: { service: { name: empty, port: { number: 80 } } } }
          - { path: /gone, pathType: Prefix, backend: { service: { name: gone, port: { number: 80 } } } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: late
  creationTimestamp: "2024-01-02T00:00:00Z"
  annotations: { haproxy.org/ssl-redirect: "true", haproxy.org/ssl-redirect-code: "308" }
spec:
  rules:
    - host: "*.example"
      http:
        paths:
          - { path: /, pathType: Prefix, backend: { service: { name: cart, port: { number: 80 } } } }
    - host: shop.example
      http:
        paths:
          - { path: /cart, pathType: ImplementationSpecific, backend: { service: { name: web, port: { number: 80 } } } }
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: denied, annotations: { haproxy.org/deny-list: 127.0.0.0/8 } }
spec:
  rules:
    - host: denied.example
      http:
        paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: { name: broken, annotations: { haproxy.org/allow-list: everybody } }
spec:
  rules:
    - host: broken.example
      http:
        paths: [{ path: /, pathType: Prefix, backend: { service: { name: web, port: { number: 80 } } } }]
---
apiVersion: v1
kind: Service
metadata: { name: web, annotations: { haproxy.org/check: "no", haproxy.org/check-interval: 5s } }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: cart }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: empty }
spec: { ports: [{ port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ name: "", port: %WEB% }]
endpoints: [{ addresses: ["127.0.0.1"] }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: cart-1, labels: { kubernetes.io/service-name: cart } }
addressType: IPv4
ports: [{ name: "", port: %CART% }]
endpoints: [{ addresses: ["127.0.0.1"] }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: keys }
data: { check: "true", timeout-server: 20s, ssl-redirect: "false" }
`;

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-explain-'));
  file = join(folder, 'all.yaml');
  await writeFile(file, manifests.replace('%WEB%', '8001').replace('%CART%', '8002'));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

const explain = (...args: readonly string[]) => runProgram('explain', '--files', file, '--configmap', 'default/keys', ...args);
async function explained(...args: readonly string[]): Promise<Explanation> {
  const { exitCode, stdout, stderr } = await explain('--json', ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as Explanation;
}

describe('explain', { timeout: 60_000 }, () => {
  it('says in the first line where a request goes and why, and then what led there', async () => {
    const { exitCode, stdout, stderr } = await explain('GET', 'http://shop.example/cart?x=1');
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const [first, , ...rest] = stdout.split('\n');
    expect(first).toBe(
      'GET http://shop.example/cart?x=1 goes to default_svc_cart_80: Ingress default/shop has the longest prefix /cart of host shop.example.',
    );
    expect(rest).toEqual(
      expect.arrayContaining([
        'Listener  http, port 8080',
        'Host      shop.example: named exactly',
        'Path      /cart',
        'Route     shop.example prefix /cart, by Ingress default/shop spec.rules[0].http.paths[1].path',
        'Pool      default_svc_cart_80, for Service default/cart port 80',
        'Servers   127.0.0.1:8002',
      ]),
    );
    expect(stdout).toMatch(/^ {2}shop\.example text \/cart +Ingress default\/late \S+ +claimed earlier by Ingress default\/shop$/m);
    expect(stdout).toMatch(/^ {2}VALUE_INVALID Ingress default\/shop metadata\.annotations\[haproxy\.org\/load-balance\]: /m);
  });

  it('has the settings with their origins, and what lost, in JSON', async () => {
    const { settings, route, pool, host, diagnostics } = await explained('GET', 'http://shop.example/');
    expect({ host, route, pool }).toEqual({
      host: 'shop.example',
      route: {
        host: 'shop.example',
        path: '/',
        type: 'prefix',
        object: 'Ingress default/shop',
        field: 'spec.rules[0].http.paths[0].path',
      },
      pool: { name: expect.stringContaining('_svc_web_80') as string, service: 'default/web', port: '80', servers: ['127.0.0.1:8001'] },
    });
    expect(settings.find(({ key }) => key === 'check')).toEqual({
      key: 'check',
      on: 'pool',
      value: 'no',
      origin: { scope: 'service', object: 'Service default/web', field: 'metadata.annotations[haproxy.org/check]' },
      closes: false,
      lost: [
        expect.objectContaining({ value: 'no', origin: expect.objectContaining({ scope: 'ingress' }) as object }),
        {
          value: 'true',
          origin: { scope: 'global', object: 'ConfigMap default/keys', field: 'data[check]' },
          because: 'what the service says comes first',
        },
      ],
    });
    expect(settings.find(({ key }) => key === 'timeout-connect')).toMatchObject({ value: '5s', origin: { scope: 'default' } });
    expect(diagnostics.map(({ code }) => code).sort()).toEqual(['CLAIM_LOST', 'SERVICE_NOT_FOUND', 'VALUE_INVALID']);
  });

  it('names what decides where the request alone does not, and decides it for an address', async () => {
    const { rules, answer } = await explained('GET', 'http://denied.example/');
    expect(rules).toContainEqual(expect.objectContaining({ applies: 'depends', on: "the client's address", answer: { status: 403 } }));
    expect(answer.kind).toBe('forward');
    expect((await explain('GET', 'http://denied.example/')).stdout).toContain(
      "It is answered 403 instead depending on the client's address.",
    );
    expect((await explained('--source', '::ffff:127.0.0.9', 'GET', 'http://denied.example/')).answer).toMatchObject({ status: 403 });
    expect((await explained('--source', '10.0.0.1', 'GET', 'http://denied.example/')).answer.kind).toBe('forward');
  });

  it('takes the host from -H, and listens where it is told to', async () => {
    expect((await explained('-H', 'X-A: b', '-H', 'host: SHOP.example.:81', 'GET', 'http://10.0.0.1/empty')).answer).toEqual({
      kind: 'answer',
      status: 503,
      because: 'Service "default/empty" has no endpoint that is ready',
    });
    expect((await explained('--disable-https', 'GET', 'https://shop.example/')).answer).toEqual({
      kind: 'none',
      because: 'nothing listens for https',
    });
  });

  it.each([
    ['a URL without a scheme', ['GET', 'shop.example/'], 'expected http://HOST/PATH'],
    ['a URL without a host', ['GET', 'http:///x'], 'a host name or an address'],
    ['a URL with a blank', ['GET', 'http://a.example/a b'], 'percent-encode'],
    ['a URL with a user', ['GET', 'http://me@a.example/'], 'without a user name'],
    ['a header without a colon', ['-H', 'Host a', 'GET', 'http://a.example/'], 'NAME: VALUE'],
    ['two hosts', ['-H', 'Host: a', '-H', 'host: b', 'GET', 'http://a.example/'], 'twice'],
    ['a source that is no address', ['--source', 'me', 'GET', 'http://a.example/'], '--source'],
    ['no method', ['GET /', 'http://a.example/'], 'a method such as GET'],
    ['CONNECT', ['CONNECT', 'http://a.example/'], 'a method such as GET'],
    ['no URL', ['GET'], "argument 'url'"],
  ])('refuses %s', async (_what, args, words) => {
    const { exitCode, stdout, stderr } = await explain(...args);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(words);
  });
});

describe('what explain says', { timeout: 240_000 }, () => {
  const urls = [
    ...[
      '/',
      '/x',
      '/cart',
      '/cart/',
      '/cart/own',
      '/cart/own/',
      '/cartoon',
      '/CART',
      '/empty',
      '/gone/x',
      '/?/cart',
      '//cart',
      '/cart/..',
      '/%63art',
    ].map((path) => `http://shop.example${path}`),
    ...[
      'http://Shop.Example.:80/cart',
      'http://other.example/a?b',
      'http://a.b.example/',
      'http://example/',
      'http://[::1]:81/',
      'http://10.0.0.1/',
    ],
    ...[
      'https://other.example/a?b',
      'https://shop.example/cart',
      'http://denied.example/',
      'http://broken.example/',
      'http://denied.example//x',
      'http://denied.example/%2e',
      'https://broken.example/x',
    ],
  ];
  let running: Running;
  const servers: EchoServer[] = [];
  beforeAll(async () => {
    running = await Running.make();
    for (const name of ['web', 'cart']) servers.push(await echoServer({ name }));
    await running.write(manifests.replace('%WEB%', String(servers[0]?.port)).replace('%CART%', String(servers[1]?.port)));
    running.start('--configmap', 'default/keys', '--disable-ipv6');
    await running.ready();
  }, 60_000);
  afterAll(async () => {
    await running[Symbol.asyncDispose]();
    for (const server of servers) await server.close();
  });

  it('is what a running HAProxy does', async () => {
    const ports = ['--http-bind-port', String(running.ports.http), '--https-bind-port', String(running.ports.https)];
    const said: string[] = [];
    const seen: string[] = [];
    for (const url of urls) {
      const flags = ['--files', running.manifests, '--configmap', 'default/keys', ...ports, '--source', '127.0.0.1', '--json'];
      const { answer, pool } = JSON.parse((await runProgram('explain', ...flags, 'GET', url)).stdout) as Explanation;
      said.push(`${url} ${endOf(answer, pool)}`);
      seen.push(`${url} ${answered(await get(url))}`);
    }
    expect(said).toEqual(seen);
  });

  function get(url: string): Promise<Answer> {
    const [, scheme, host = '', path = ''] = /^(https?):\/\/([^/]*)(.*)$/.exec(url) ?? [];
    const isSecure = scheme === 'https';
    return sendRequest({ port: isSecure ? running.ports.https : running.ports.http, tls: isSecure, host, path, timeoutMs: 20_000 });
  }

  function answered({ echo, status, headers }: Answer): string {
    return echo === undefined ? [status, headers.location ?? ''].join(' ') : `default/${echo.name}`;
  }

  function endOf(answer: Explanation['answer'], pool: Explanation['pool']): string {
    if (answer.kind === 'forward') return pool?.service ?? '';
    return answer.kind === 'answer' ? [answer.status, answer.location ?? ''].join(' ') : answer.because;
  }
});

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPipeline, renderConfiguration, type Resource, SecretText } from '@signalbox/core';
import { Cluster } from './cluster.js';
import { median } from './durations.js';
import { defaultPlugins } from './plugins.js';
import { type BenchReport, reportOf } from './report.js';
import { plain } from './shapes.js';

const requestsPerRound = 20_000;
const connections = 8;

/**
 * CPU time of HAProxy per request, through our configuration of many hosts and through one written by hand for a single host with the
 * same settings. Both have one thread and lead to the same server; rounds alternate.
 */
export async function proxy(hosts: number, rounds: number): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'signalbox-bench-'));
  const [serverPort, ourPort, handPort] = [await freePort(), await freePort(), await freePort()];
  const started: ChildProcess[] = [];
  try {
    started.push(await run(folder, 'server', { 'haproxy.cfg': serverConfig(serverPort) }, serverPort));
    const ours = await run(folder, 'ours', ourFiles(hosts, ourPort, serverPort), ourPort);
    const hand = await run(folder, 'hand', { 'haproxy.cfg': handConfig(handPort, serverPort) }, handPort);
    started.push(ours, hand);
    const target = new Cluster(plain(hosts)).ingress(Math.floor(hosts / 2));
    const host = target.spec?.rules?.[0]?.host ?? '';
    const path = target.spec?.rules?.[0]?.http?.paths?.[1]?.path ?? '/';
    const cost = { ours: [] as number[], hand: [] as number[] };
    for (let round = -1; round < rounds; round += 1) {
      const oursUs = await cpuPerRequest(ours, ourPort, host, path);
      const handUs = await cpuPerRequest(hand, handPort, 'one.example', path);
      if (round < 0) continue;
      cost.ours.push(oursUs);
      cost.hand.push(handUs);
    }
    const [oursUs, handUs] = [median(cost.ours), median(cost.hand)];
    return reportOf({
      bench: 'proxy',
      about: `CPU time of HAProxy per request: our configuration with ${hosts} hosts, beside one by hand for a single host.`,
      figures: { oursUs, handUs, differenceUs: oursUs - handUs },
      limits: { differenceUs: 5 },
    });
  } finally {
    for (const child of started) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Our files, with one server behind every Service, and without what needs rights or files of a running controller. */
function ourFiles(hosts: number, port: number, serverPort: number): Record<string, string> {
  const pipeline = createPipeline({
    plugins: defaultPlugins(),
    listen: { httpPort: port, httpsPort: 0, addresses: ['127.0.0.1'], adminAddresses: [], statsSocket: '', serverStateFile: '' },
    defaultCertificate: { otherwise: new SecretText('unused') },
  });
  const writer = pipeline.collection.writer('bench', true);
  const cluster = new Cluster({ ...plain(hosts), endpointsPerSlice: 1 });
  for (const object of cluster.objects()) writer.set(object.kind === 'EndpointSlice' ? withServer(object, serverPort) : object);
  // Checks of ten thousand servers would be counted as cost of the requests.
  writer.set(cluster.configMap({ 'load-balance': 'leastconn', check: 'false' }));
  pipeline.tables.commit(pipeline.collection.take());
  const files = renderConfiguration(pipeline.model).map(({ path, content }) => [path, content] as const);
  const settings = '\nglobal\n  nbthread 1\n  maxconn 2000\n';
  return { ...Object.fromEntries(files), 'haproxy.zz.cfg': settings };
}

function withServer(slice: Resource, port: number): Resource {
  return { ...slice, endpoints: [{ addresses: ['127.0.0.1'] }], ports: [{ name: 'http', port }] } as Resource;
}

/** The same settings, for one host. */
function handConfig(port: number, serverPort: number): string {
  return `global
  nbthread 1
  maxconn 2000
  log 127.0.0.1 local0 notice
defaults
  mode http
  log global
  option httplog
  option dontlognull
  option http-keep-alive
  option idle-close-on-response
  option redispatch
  timeout connect 5s
  timeout client 50s
  timeout server 50s
  timeout http-request 5s
  timeout http-keep-alive 1m
  timeout queue 5s
  timeout tunnel 1h
frontend http
  bind 127.0.0.1:${port}
  http-request del-header X-Forwarded-For
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.fhdr(Host)]
  http-request set-header X-Forwarded-Port %[dst_port]
  use_backend app if { req.hdr(Host) -i one.example }
backend app
  balance leastconn
  option forwardfor
  http-request set-header X-Team team-1
  server one 127.0.0.1:${serverPort}
`;
}

function serverConfig(port: number): string {
  return `global
  nbthread 1
defaults
  mode http
  timeout client 50s
  timeout connect 5s
  timeout server 50s
frontend server
  bind 127.0.0.1:${port}
  http-request return status 200 content-type text/plain string ok
`;
}

async function run(folder: string, name: string, files: Readonly<Record<string, string>>, port: number): Promise<ChildProcess> {
  for (const [path, content] of Object.entries(files)) {
    const file = join(folder, name, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  const child = spawn(process.env['HAPROXY'] ?? 'haproxy', ['-db', '-f', join(folder, name)], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (let attempt = 0; attempt < 200; attempt += 1) {
    if (await answers(port)) return child;
    if (child.exitCode !== null) throw new Error(`HAProxy "${name}" ended with ${child.exitCode}.`);
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`HAProxy "${name}" does not listen on ${port}.`);
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

/** Microseconds of CPU time per request, of a bounded number of requests over a few kept connections. */
async function cpuPerRequest(haproxy: ChildProcess, port: number, host: string, path: string): Promise<number> {
  const before = cpuTicks(haproxy.pid ?? 0);
  const each = requestsPerRound / connections;
  await Promise.all(Array.from({ length: connections }, () => exchange(port, host, path, each)));
  const ticks = cpuTicks(haproxy.pid ?? 0) - before;
  return (ticks * 10_000) / requestsPerRound;
}

/** User and system time in ticks of 10 ms. */
function cpuTicks(pid: number): number {
  const fields =
    readFileSync(join('/proc', String(pid), 'stat'), 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** Sends requests one after the other over one connection; each has to be answered 200. */
function exchange(port: number, host: string, path: string, count: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const request = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`;
    let left = count;
    socket.on('connect', () => socket.write(request));
    socket.on('error', reject);
    socket.on('data', (data) => {
      if (!data.includes('HTTP/1.1 200')) {
        reject(new Error(`Expected 200, found: ${data.toString('latin1', 0, 40)}`));
        socket.destroy();
        return;
      }
      left -= 1;
      if (left > 0) socket.write(request);
      else {
        socket.destroy();
        resolve();
      }
    });
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => {
        resolve(port);
      });
    });
  });
}

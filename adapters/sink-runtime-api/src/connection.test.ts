import type { LiveStep, StepOutcome } from '@signalbox/core';
import { allHaproxies, certificateFor } from '@signalbox/testing';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunningHaproxy } from './fixtures/running-haproxy.js';
import { runtimeApi } from './runtime-api-sink.js';

const nothing = { maps: [], lists: [], crtLists: [], certificates: [] };
const never = new AbortController().signal;
const rows = (count: number): LiveStep[] =>
  Array.from({ length: count }, (_, at): LiveStep => ({ do: 'add row', map: 'maps/host.map', row: { key: `k${at}`, value: 'v' } }));

describe('a connection that is no good', () => {
  let directory: string;
  let socket: string;
  let server: Server | undefined;
  const clients = new Set<Socket>();
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'signalbox-socket-'));
    socket = join(directory, 'admin.sock');
  });
  afterEach(async () => {
    for (const client of clients) client.destroy();
    clients.clear();
    server?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Says after each line what `answer` gives; what is `undefined` is not said. */
  const serve = async (answer: (line: string, client: Socket) => string | undefined, at: string | number = socket): Promise<void> => {
    server = createServer((client) => {
      clients.add(client);
      let rest = '';
      client.on('error', () => undefined);
      client.on('data', (chunk) => {
        const lines = (rest + chunk.toString()).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          const said = answer(line, client);
          if (said !== undefined && !client.destroyed) client.write(said);
        }
      });
    }).listen(at);
    await once(server, 'listening');
  };
  const info = 'Name: HAProxy\nVersion: 2.6.12\nPid: 42\n\n> ';
  const polite = (line: string): string => (line === 'show info' ? info : '\n> ');
  const calls = (timeoutMs = 300, signal: AbortSignal = never): Promise<unknown>[] => {
    const sink = runtimeApi({ socket, timeoutMs });
    return [sink.worker(signal), sink.send(rows(1), 42, signal), sink.observe(nothing, signal)];
  };
  const unreachable = async (): Promise<void> => {
    for (const call of calls()) await expect(call).rejects.toMatchObject({ code: 'HAPROXY_UNREACHABLE', details: { socket } });
  };

  it('says that nothing is there', unreachable);

  it('says that nobody listens', async () => {
    await serve(polite);
    const path = join(directory, 'other.sock');
    socket = path;
    await unreachable();
  });

  it('says that a socket is closed at once', async () => {
    await serve((_line, client) => void client.destroy());
    await unreachable();
  });

  it('says that a socket does not answer', async () => {
    await serve(() => undefined);
    await unreachable();
  });

  it('says that something else answers', async () => {
    await serve(() => 'HTTP/1.1 400 Bad Request\r\n\r\n');
    await unreachable();
  });

  it('says that show info is not answered', async () => {
    await serve((line) => (line === 'prompt' ? '\n> ' : undefined));
    await unreachable();
  });

  it('says that a port is closed', async () => {
    await serve(polite, 0);
    socket = `127.0.0.1:${(server?.address() as AddressInfo).port}`;
    expect(await runtimeApi({ socket }).worker(never)).toBe(42);
    server?.close();
    await unreachable();
  });

  it.each(['localhost', '127.0.0.1', '[::1]'])('connects to %s', async (host) => {
    await serve(polite, 0);
    socket = `${host}:${(server?.address() as AddressInfo).port}`;
    expect(await runtimeApi({ socket }).worker(never)).toBe(42);
  });

  it('sends nothing to another worker', async () => {
    const lines: string[] = [];
    await serve((line) => {
      lines.push(line);
      return polite(line);
    });
    await expect(runtimeApi({ socket }).send(rows(3), 41, never)).rejects.toMatchObject({
      code: 'WORKER_REPLACED',
      details: { expected: 41, found: 42 },
    });
    expect(lines).toEqual(['prompt', 'show info']);
  });

  it('takes what was answered for done, and all else for unknown', async () => {
    for (let cut = 1; cut < 450; cut += 3) {
      let left = cut;
      await serve((line, client) => {
        if (!line.startsWith('add map')) return polite(line);
        // Three bytes for each reply; any of them can be the last.
        const said = '\n> '.slice(0, Math.max(0, left));
        left -= 3;
        if (left <= 0) client.end(said);
        return left <= 0 ? undefined : said;
      });
      const { outcomes } = await runtimeApi({ socket }).send(rows(150), 42, never);
      const known = Math.floor(cut / 3);
      expect(outcomes.slice(0, known)).toEqual(Array.from({ length: known }, (): StepOutcome => ({ status: 'done' })));
      expect(outcomes.slice(known)).toEqual(Array.from({ length: 150 - known }, (): StepOutcome => ({ status: 'unknown' })));
      server?.close();
    }
  });

  it('reads replies that come in pieces', async () => {
    await serve((line, client) => {
      const said = polite(line);
      void (async () => {
        for (const byte of line.startsWith('show servers')
          ? '1\n# be_id\n3 app 77 a ::1 0 0 9 1 17 8 2 0 6 0 0 1 - 80 - 0 0 - - 0\n\n> '
          : line.startsWith('show backend')
            ? '# name\napp\n\n> '
            : said) {
          await new Promise((resolve) => client.write(byte, resolve));
          await sleep(0);
        }
      })();
      return undefined;
    });
    // One command at a time, or the pieces of several replies would be mixed.
    expect(await runtimeApi({ socket }).worker(never)).toBe(42);
    expect((await runtimeApi({ socket }).send(rows(1), 42, never)).outcomes).toEqual([{ status: 'done' }]);
  });

  it('waits no longer than it may for an answer', async () => {
    let answers = 5;
    await serve((line) => (line.startsWith('add map') && answers-- <= 0 ? undefined : polite(line)));
    const startedAt = performance.now();
    const { outcomes } = await runtimeApi({ socket, timeoutMs: 200 }).send(rows(10), 42, never);
    expect(performance.now() - startedAt).toBeLessThan(2000);
    expect(outcomes.map(({ status }) => status)).toEqual([...Array<string>(5).fill('done'), ...Array<string>(5).fill('unknown')]);
    answers = -1000;
    await expect(runtimeApi({ socket, timeoutMs: 200 }).observe({ ...nothing, maps: [] }, never)).resolves.toMatchObject({ worker: 42 });
  });

  it('trusts no reply where there are more of them than commands', async () => {
    await serve((line) => (line.startsWith('add map') ? '\n> \n> ' : polite(line)));
    const { outcomes } = await runtimeApi({ socket }).send(rows(150), 42, never);
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['unknown']));
  });

  it('does not wait when its caller does not', async () => {
    await serve((line) => (line.startsWith('add map') || line.startsWith('show backend') ? undefined : polite(line)));
    const ending = new AbortController();
    const [, sent, observed] = calls(60_000, ending.signal);
    await sleep(100);
    ending.abort(new Error('enough'));
    await expect(sent).resolves.toMatchObject({ outcomes: [{ status: 'unknown' }] });
    await expect(observed).rejects.toThrow('enough');
    for (const call of calls(60_000, ending.signal)) await expect(call).rejects.toThrow('enough');
  });

  it('ends what is under way when it is closed', async () => {
    await serve((line) => (line.startsWith('add map') ? undefined : polite(line)));
    const sink = runtimeApi({ socket, timeoutMs: 60_000 });
    const sent = sink.send(rows(1), 42, never);
    await sleep(100);
    await sink.close();
    await sink.close();
    await expect(sent).resolves.toMatchObject({ outcomes: [{ status: 'unknown' }] });
    await expect(sink.worker(never)).rejects.toMatchObject({ code: 'CONTROLLER_STATE' });
  });

  it('uses a connection again, asks each time who is there, and ends it soon', async () => {
    const lines: string[] = [];
    await serve((line) => {
      lines.push(line);
      return polite(line);
    });
    const sink = runtimeApi({ socket });
    for (let times = 0; times < 3; times += 1) expect((await sink.send(rows(1), 42, never)).commands).toBe(1);
    expect(clients.size).toBe(1);
    expect(lines.filter((line) => !line.startsWith('add map'))).toEqual(['prompt', 'show info', 'show info', 'show info']);
    await sleep(400);
    expect([...clients].map(({ closed }) => closed)).toEqual([true]);
    expect((await sink.send(rows(1), 42, never)).outcomes).toEqual([{ status: 'done' }]);
    sink.rest();
    await sleep(50);
    expect([...clients].map(({ closed }) => closed)).toEqual([true, true]);
    await sink.send(rows(1), 42, never);
    expect(await sink.worker(never)).toBe(42);
    expect([...clients].map(({ closed }) => closed)).toEqual([true, true, true, false]);
    await sink.close();
    await sleep(50);
    expect([...clients].map(({ closed }) => closed)).toEqual([true, true, true, true]);
  });

  it.each([
    ['which was replaced', 'Pid: 41\nStopping: 0\n\n> '],
    ['which is going away', 'Pid: 42\nStopping: 1\n\n> '],
    ['of which nobody knows what it is', 'HTTP/1.1 400 Bad Request\n\n> '],
  ])('leaves the connection to a worker %s', async (_what, later) => {
    const sent = new Map<Socket, string[]>();
    await serve((line, client) => {
      const before = sent.get(client) ?? [];
      sent.set(client, [...before, line]);
      return line === 'show info' && client === [...clients][0] && before.length > 1 ? later : polite(line);
    });
    const sink = runtimeApi({ socket });
    expect(await sink.send(rows(1), 42, never)).toMatchObject({ outcomes: [{ status: 'done' }] });
    expect(await sink.send(rows(1), 42, never)).toMatchObject({ outcomes: [{ status: 'done' }] });
    const [first = [], second = []] = sent.values();
    expect(first.filter((line) => line.startsWith('add map'))).toHaveLength(1);
    expect(second.filter((line) => line.startsWith('add map'))).toHaveLength(1);
    await sink.close();
  });

  it('makes a new connection where the one before was ended from there', async () => {
    await serve((line, client) => {
      const isLast = line.startsWith('add map');
      if (isLast) setTimeout(() => client.destroy(), 20);
      return polite(line);
    });
    const sink = runtimeApi({ socket });
    for (const pauseMs of [0, 10, 20, 30, 60]) {
      expect(await sink.send(rows(1), 42, never)).toMatchObject({ outcomes: [{ status: 'done' }] });
      await sleep(pauseMs);
    }
    await sink.close();
  });

  it('never tells its logger a value', async () => {
    await serve(polite);
    const said: string[] = [];
    await runtimeApi({ socket, logger: { debug: (message) => void said.push(message) } }).send(rows(3), 42, never);
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/^steps 3 commands 3 bytes \d+ ms \d+, done: 3$/);
  });
});

describe.each(allHaproxies())('a connection to HAProxy $branch', ({ path }) => {
  it('is good over TCP, and refused to those that may not', async () => {
    await using haproxy = await RunningHaproxy.start(path);
    const pid = await haproxy.sink().worker(haproxy.signal);
    const tcp = haproxy.sink({ socket: `127.0.0.1:${haproxy.adminPort}` });
    expect(await tcp.worker(haproxy.signal)).toBe(pid);
    expect((await tcp.send(rows(2), pid, haproxy.signal)).outcomes).toEqual([{ status: 'done' }, { status: 'done' }]);
    const user = haproxy.sink({ socket: `${haproxy.socket}.user` });
    const { outcomes } = await user.send([{ do: 'ready server', backend: 'app', name: 'old' }], pid, haproxy.signal);
    expect(outcomes).toEqual([{ status: 'refused', why: 'Permission denied' }]);
    await expect(haproxy.sink().send(rows(1), pid + 1, haproxy.signal)).rejects.toMatchObject({ code: 'WORKER_REPLACED' });
    expect((await haproxy.sink().send([], pid, haproxy.signal)).outcomes).toEqual([]);
  });

  it('leads to the worker that has taken the place of another one', async () => {
    await using haproxy = await RunningHaproxy.start(path);
    const before = await haproxy.sink().worker(haproxy.signal);
    await haproxy.sink().send(rows(2), before, haproxy.signal);
    await haproxy.replace(path);
    // The one before answers on the connection that is open.
    await expect(haproxy.sink().send(rows(2), before, haproxy.signal)).rejects.toMatchObject({
      code: 'WORKER_REPLACED',
      details: { expected: before },
    });
    const after = await haproxy.sink().worker(haproxy.signal);
    expect(after).not.toBe(before);
    expect((await haproxy.sink().send(rows(2), after, haproxy.signal)).outcomes).toEqual([{ status: 'done' }, { status: 'done' }]);
    expect((await haproxy.say('show map maps/host.map')).match(/ k[01] v$/gm)).toHaveLength(2);
  });

  it('tells nothing wrong where it ends in the middle', async () => {
    await using haproxy = await RunningHaproxy.start(path);
    const pid = await haproxy.sink().worker(haproxy.signal);
    const { pem } = await certificateFor(['cut.test']);
    const at = join(haproxy.directory, 'cutting.sock');
    let left = 0;
    const cutting = createServer((client) => {
      const behind = connect(haproxy.socket);
      for (const [one, other] of [[client, behind] as const, [behind, client] as const])
        one.on('error', () => undefined).on('close', () => other.destroy());
      client.on('data', (chunk) => behind.write(chunk));
      behind.on('data', (chunk) => {
        // Byte by byte near the end, so that the last one can be any.
        client.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) client.end();
      });
    }).listen(at);
    await once(cutting, 'listening');
    const sizeOfInfo = (await haproxy.say('show info')).length + 20;
    let known = 0;
    for (let round = 0; round < 21; round += 1) {
      const backend = 'app';
      const key = (n: number): string => `r${round}-${n}`;
      const steps = Array.from({ length: 10 }, (_, n): LiveStep[] => [
        {
          do: 'add server',
          backend,
          server: { name: key(n), address: '::1', port: 1, id: 1000 + round * 10 + n },
          options: [],
          isChecked: false,
        },
        { do: 'replace map', map: 'maps/host.map', rows: [{ key: key(n), value: '1' }] },
        { do: 'set row', map: 'maps/host.map', row: { key: `${key(n)}-set`, value: '2' } },
        { do: 'put certificate', file: `certs/${key(n)}.pem`, pem },
        { do: 'add name', crtList: 'crt-list.txt', certificate: `certs/${key(n)}.pem`, name: `${key(n)}.test` },
      ]).flat();
      left = sizeOfInfo + ((round * 7919) % 6000);
      const { outcomes } = await runtimeApi({ socket: at }).send(steps, pid, haproxy.signal);
      const firstUnknown = outcomes.findIndex(({ status }) => status === 'unknown');
      const isDone = outcomes.slice(0, firstUnknown === -1 ? undefined : firstUnknown);
      known += isDone.length;
      expect(new Set(isDone.map(({ status }) => status)).size).toBeLessThan(2);
      if (firstUnknown !== -1) expect(new Set(outcomes.slice(firstUnknown).map(({ status }) => status)).size).toBe(1);
      const certificates = steps.flatMap((step) => (step.do === 'put certificate' ? [step.file] : []));
      const found = await haproxy.sink().observe({ ...nothing, crtLists: ['crt-list.txt'], certificates }, haproxy.signal);
      steps.slice(0, isDone.length).forEach((step) => {
        if (step.do === 'add server')
          expect(found.servers).toContainEqual(expect.objectContaining({ name: step.server.name, state: 'ready', address: '::1' }));
        if (step.do === 'put certificate') expect(found.certificates.has(step.file)).toBe(true);
        if (step.do === 'add name') expect(found.crtLists.get('crt-list.txt')).toContain(`${step.certificate} ${step.name}`);
      });
      // What is left is made right by the same steps.
      if (round % 10 === 0) {
        const again = await haproxy.sink().send(steps, pid, haproxy.signal);
        expect(again.outcomes.filter(({ status }) => status !== 'done')).toEqual([]);
      }
    }
    expect(known).toBeGreaterThan(30);
    cutting.close();
  });

  it('reads back a large state line by line', async () => {
    await using haproxy = await RunningHaproxy.start(path);
    const pid = await haproxy.sink().worker(haproxy.signal);
    const many = Array.from({ length: 50_000 }, (_, at) => ({ key: `host-${at}.example`, value: `backend-${at}` }));
    await haproxy.sink().send([{ do: 'replace map', map: 'maps/host.map', rows: many }], pid, haproxy.signal);
    const { maps } = await haproxy.sink().observe({ ...nothing, maps: ['maps/host.map'] }, haproxy.signal);
    expect([...(maps.get('maps/host.map') ?? [])]).toEqual(many.map(({ key, value }) => [key, value]));
  });
});

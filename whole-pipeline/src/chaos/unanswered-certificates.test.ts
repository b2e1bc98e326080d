import { allHaproxies, certificateFor, echoServer, ingressOf, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Place, newPlace, Running } from '../running.js';
import { unservable } from '../refused-kinds.js';
import { type Fault, FaultySocket } from './faulty-socket.js';

const certificate = /set ssl cert/;

describe.each(allHaproxies())('HAProxy $branch', { timeout: 60_000 }, ({ path }) => {
  describe('a certificate that passes our checks and not those of HAProxy is isolated, and harms nobody,', () => {
    it('where the connection ends before HAProxy can say so', async () => {
      await using scene = await Scene.start(path, (nth) => (nth === 0 ? { cutAt: certificate } : {}));
      await scene.spoil();
      await scene.othersServe(scene.running);
    });

    it('where HAProxy dies before it can say so', async () => {
      await using scene = await Scene.start(path, (nth) => (nth === 0 ? { cutAt: certificate } : {}));
      const master = await scene.running.masterPid();
      await scene.spoil();
      process.kill(master, 'SIGKILL');
      await scene.othersServe(scene.running);
    });

    it('where the controller ends before HAProxy can say so', async () => {
      await using scene = await Scene.start(path, () => ({ isMute: true }), { onStop: 'keep' });
      await scene.spoil();
      await sleep(50);
      await scene.running.stop();
      await using next = Running.start(scene.place, scene.running.source.objects, [], {}, { path, isLive: true });
      await scene.othersServe(next);
    });
  });

  it('a good one comes by a reload where the connection ends each time that it is told', async () => {
    await using scene = await Scene.start(path, () => ({ cutAt: certificate }));
    const { running } = scene;
    const before = await running.certificate('b.example');
    running.source.set(tlsSecretOf({ name: 'b', ...(await certificateFor(['b.example'])) }));
    expect(await running.until(async () => (await running.certificate('b.example')) !== before, true)).toBe(true);
    expect(scene.connections).toBeLessThan(30);
    expect(running.refused()).toEqual([]);
  });
});

/** Two hosts, each with a certificate, and a connection to HAProxy that does harm from the first change on. */
class Scene implements AsyncDisposable {
  readonly place: Place;
  readonly running: Running;
  readonly #between: FaultySocket;
  readonly #stack: AsyncDisposableStack;

  private constructor(place: Place, running: Running, between: FaultySocket, stack: AsyncDisposableStack) {
    this.place = place;
    this.running = running;
    this.#between = between;
    this.#stack = stack;
  }

  static async start(path: string, fault: (nth: number) => Fault, settings: { readonly onStop?: 'keep' } = {}): Promise<Scene> {
    const stack = new AsyncDisposableStack();
    const server = stack.use(await echoServer({ name: 'web' }));
    const good = await certificateFor(['*.example']);
    const place = await newPlace();
    const between = stack.use(await FaultySocket.of(place));
    const objects = [
      serviceOf({ name: 'web' }),
      sliceOf({ service: 'web', endpoints: [server.address], ports: server.port }),
      ...['a', 'b'].flatMap((name) => [tlsSecretOf({ name, ...good }), site(name)]),
    ];
    const running = stack.use(
      Running.start(place, objects, [], settings, { path, isLive: true, live: { socket: between.path, timeoutMs: 1000 } }),
    );
    await running.applied();
    await sleep(300);
    let asked = 0;
    between.connections = 0;
    between.fault = () => fault((asked += 1) - 1);
    return new Scene(place, running, between, stack);
  }

  get connections(): number {
    return this.#between.connections;
  }

  /** Replaces the certificate of `b`, and waits until HAProxy is about to be told. */
  async spoil(): Promise<void> {
    const before = this.#between.connections;
    this.running.source.set(tlsSecretOf({ name: 'b', ...unservable }));
    expect(await this.running.until(() => this.#between.connections > before, true)).toBe(true);
  }

  /** Only the bad one is isolated, and a change of somebody else arrives. */
  async othersServe(running: Running): Promise<void> {
    expect(await running.until(() => running.refused(), ['b data[tls.crt]'])).toEqual(['b data[tls.crt]']);
    running.source.set(plain('c'));
    expect(await running.until(() => running.answerer('c.example'), 'web')).toBe('web');
    // To HTTPS.
    expect(await running.answerer('a.example')).toBe(302);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function plain(name: string) {
  return ingressOf({ name, rules: { [`${name}.example`]: [{ path: '/', service: 'web' }] } });
}

function site(name: string) {
  const host = `${name}.example`;
  return ingressOf({ name, rules: { [host]: [{ path: '/', service: 'web' }] }, tls: [{ hosts: [host], secretName: name }] });
}

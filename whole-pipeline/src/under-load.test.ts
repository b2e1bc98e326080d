import { certificateFor, echoServer, ingressOf, sendRequest, serviceOf, sliceOf, tlsSecretOf } from '@signalbox/testing';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { newPlace, Running } from './running.js';

it('loses no request while objects come, change and go', { timeout: 60_000 }, async () => {
  const [one, two] = await Promise.all([certificateFor(['one.example']), certificateFor(['two.example'])]);
  await using first = await echoServer({ name: 'first', address: '127.0.0.2' });
  await using second = await echoServer({ name: 'second', address: '127.0.0.3', port: first.port });
  const slice = (...addresses: readonly string[]) => sliceOf({ service: 'web', endpoints: addresses, ports: first.port });
  const stable = (annotations: Readonly<Record<string, string>> = {}) =>
    ingressOf({ name: 'stable', annotations, rules: { 'stable.example': [{ path: '/', service: 'web' }] } });
  const place = await newPlace();
  await using running = Running.start(place, [serviceOf({ name: 'web' }), slice(first.address), stable()]);
  const { controller, source } = running;
  const failures: unknown[] = [];
  controller.events.on('failed', ({ error }) => failures.push(error)).on('rejected', ({ diagnostics }) => failures.push(diagnostics));
  await running.applied();
  const load = new Load(place.httpPort);
  const steps: readonly (() => void)[] = [
    () => source.set(ingressOf({ name: 'other', rules: { 'other.example': [{ path: '/', service: 'web' }] } })),
    () => source.set(slice(first.address, second.address)),
    () => source.set(stable({ 'haproxy.org/response-set-header': 'X-Edited yes' })),
    () => source.set(slice(second.address)),
    () =>
      source.set(tlsSecretOf({ name: 'tls', ...one })).set(
        ingressOf({
          name: 'tls',
          rules: { 'tls.example': [{ path: '/', service: 'web' }] },
          tls: [{ hosts: ['tls.example'], secretName: 'tls' }],
        }),
      ),
    () => source.set(tlsSecretOf({ name: 'tls', ...two })),
    () => source.set(stable({ 'haproxy.org/load-balance': 'leastconn' })),
    () => source.set(serviceOf({ name: 'web', annotations: { 'haproxy.org/check-interval': '1s' } })),
    () => source.delete(ingressOf({ name: 'other' })).delete(ingressOf({ name: 'tls' })),
    () => source.set(slice(first.address)),
    () => source.set(stable()),
  ];
  for (const step of steps) await running.applied(step);
  await sleep(200);
  const { answered, unexpected } = await load.end();
  expect(unexpected).toEqual([]);
  expect(answered).toBeGreaterThan(100);
  expect(failures).toEqual([]);
  expect((await running.request({ host: 'stable.example' })).echo?.name).toBe('first');
  await running.stop();
  await expect(running.request({ host: 'stable.example' })).rejects.toThrow();
});

/** Clients that ask one request after the other, each on a connection that it keeps. */
class Load {
  readonly #unexpected: string[] = [];
  readonly #clients: readonly Promise<void>[];
  #answered = 0;
  #isOver = false;

  constructor(port: number) {
    this.#clients = Array.from({ length: 4 }, () => this.#ask(port));
  }

  async end(): Promise<{ readonly answered: number; readonly unexpected: readonly string[] }> {
    this.#isOver = true;
    await Promise.all(this.#clients);
    return { answered: this.#answered, unexpected: this.#unexpected };
  }

  async #ask(port: number): Promise<void> {
    while (!this.#isOver) {
      const answer = await sendRequest({ port, host: 'stable.example', path: '/load' }).then(
        ({ status }) => String(status),
        (error: unknown) => String(error),
      );
      if (answer === '200') this.#answered += 1;
      else this.#unexpected.push(answer);
      await sleep(1);
    }
  }
}

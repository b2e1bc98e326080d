import type { LiveSink, LiveStep, ObservationScope, StepOutcome } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { certificateFor } from '../objects/certificate.js';

/** A sink to hold against the contract, with a HAProxy that has what is named here. @public */
export interface LiveSinkSubject {
  readonly sink: LiveSink;
  /** A backend that takes servers. */
  readonly backend: string;
  /** File names of a map and a list, both empty, of a crt-list, and of a certificate that stands in it. */
  readonly map: string;
  readonly list: string;
  readonly crtList: string;
  readonly certificate: string;
  /** Cleans up after the test. */
  end?(): Promise<void>;
}

const never = new AbortController().signal;
const done: StepOutcome = { status: 'done' };

/**
 * Declares the tests that every {@link @signalbox/core#LiveSink} passes.
 * @param name - of the sink, for the names of the tests.
 * @param factory - makes a sink; called once for each test.
 * @public
 */
export function liveSinkContract(name: string, factory: () => Promise<LiveSinkSubject> | LiveSinkSubject): void {
  describe(`${name} keeps the contract of live sinks:`, { timeout: 30_000 }, () => {
    it('it knows which worker answers, and tells nothing to another one', async () => {
      await using test = await Test.prepare(factory);
      const pid = await test.sink.worker(never);
      expect(pid).toBeGreaterThan(0);
      await expect(test.sink.send([test.add('a')], pid + 1, never)).rejects.toMatchObject({ code: 'WORKER_REPLACED' });
      expect((await test.observe()).servers).toEqual([]);
    });

    it('it adds, changes and removes servers, and what is done already is done', async () => {
      await using test = await Test.prepare(factory);
      expect(await test.send(test.add('a'), test.add('b'), test.add('a'))).toEqual([done, done, done]);
      const { backend } = test.subject;
      expect(
        await test.send(
          { do: 'set weight', backend, name: 'a', weight: 7 },
          { do: 'set address', backend, name: 'b', address: '10.0.0.9', port: 99 },
          { do: 'ready server', backend, name: 'b' },
        ),
      ).toEqual([done, done, done]);
      const servers = [...(await test.observe()).servers].sort((one, other) => (one.name < other.name ? -1 : 1));
      expect(servers).toMatchObject([
        { backend, name: 'a', address: '127.0.0.1', port: 9, weight: 7, state: 'ready' },
        { backend, name: 'b', address: '10.0.0.9', port: 99, weight: 1, state: 'ready' },
      ]);
      const remove = (gone: string): LiveStep => ({ do: 'remove server', backend, name: gone, cut: false });
      expect(await test.send(remove('a'), remove('never-there'))).toEqual([done, done]);
      expect((await test.observe()).servers.map((server) => server.name)).toEqual(['b']);
    });

    it('it says what is refused, and goes on with the steps behind', async () => {
      await using test = await Test.prepare(factory);
      const outcomes = await test.send({ ...test.add('x'), backend: 'no-such-backend' } as LiveStep, test.row('a', '1'));
      expect(outcomes.map(({ status }) => status)).toEqual(['refused', 'done']);
      expect((await test.observe()).maps.get(test.subject.map)).toEqual(new Map([['a', '1']]));
    });

    it('it adds, sets, deletes and replaces rows of maps', async () => {
      await using test = await Test.prepare(factory);
      const { map } = test.subject;
      const rows = async (): Promise<unknown> => Object.fromEntries((await test.observe()).maps.get(map) ?? []);
      expect(await test.send(test.row('a', '1'), test.row('b', '2 x'), test.row('c', '3'))).toEqual([done, done, done]);
      expect(await rows()).toEqual({ a: '1', b: '2 x', c: '3' });
      const set: LiveStep = { do: 'set row', map, row: { key: 'a', value: 'changed' } };
      expect(await test.send(set, { do: 'delete row', map, key: 'b' }, { do: 'delete row', map, key: 'never-there' })).toEqual([
        done,
        done,
        done,
      ]);
      expect(await rows()).toEqual({ a: 'changed', c: '3' });
      const many = Array.from({ length: 2_000 }, (_, at) => ({ key: `key-${at}`, value: `value-${at}` }));
      expect(await test.send({ do: 'replace map', map, rows: many })).toEqual([done]);
      expect(await rows()).toEqual(Object.fromEntries(many.map(({ key, value }) => [key, value])));
      expect(await test.send({ do: 'replace map', map, rows: [] })).toEqual([done]);
      expect(await rows()).toEqual({});
    });

    it('it replaces lists', async () => {
      await using test = await Test.prepare(factory);
      const { list } = test.subject;
      for (const entries of [['10.0.0.0/8', '192.0.2.1'], ['192.0.2.1'], []]) {
        expect(await test.send({ do: 'replace list', list, entries })).toEqual([done]);
        expect((await test.observe()).lists.get(list)).toEqual(new Set(entries));
      }
    });

    it('it puts certificates and their names, and takes both away', async () => {
      await using test = await Test.prepare(factory);
      const { crtList, certificate } = test.subject;
      const [first, second] = await Promise.all([certificateFor(['a.example']), certificateFor(['a.example'])]);
      const before = (await test.observe()).certificates.get(certificate);
      expect(await test.send({ do: 'put certificate', file: certificate, pem: first.pem })).toEqual([done]);
      expect((await test.observe()).certificates.get(certificate)).not.toBe(before);
      const naming = { crtList, certificate: 'certs/contract.pem', name: 'contract.example' };
      expect(
        await test.send(
          { do: 'put certificate', file: 'certs/contract.pem', pem: second.pem },
          { do: 'add name', ...naming },
          { do: 'add name', ...naming, name: '*.contract.example' },
        ),
      ).toEqual([done, done, done]);
      const lines = async (): Promise<readonly string[]> =>
        [...((await test.observe()).crtLists.get(crtList) ?? [])].filter((line) => line.includes('contract')).sort();
      expect(await lines()).toEqual(['certs/contract.pem *.contract.example', 'certs/contract.pem contract.example']);
      expect(await test.send({ do: 'remove name', ...naming, name: '*.contract.example' }, { do: 'remove name', ...naming })).toEqual([
        done,
        done,
      ]);
      expect(await lines()).toEqual([]);
      expect(await test.send({ do: 'remove name', ...naming }, { do: 'remove certificate', file: 'certs/contract.pem' })).toEqual([
        done,
        done,
      ]);
      expect((await test.observe('certs/contract.pem')).certificates.has('certs/contract.pem')).toBe(false);
    });
  });
}

class Test implements AsyncDisposable {
  readonly subject: LiveSinkSubject;

  private constructor(subject: LiveSinkSubject) {
    this.subject = subject;
  }

  static async prepare(factory: () => Promise<LiveSinkSubject> | LiveSinkSubject): Promise<Test> {
    return new Test(await factory());
  }

  get sink(): LiveSink {
    return this.subject.sink;
  }

  /** The same name has the same id. */
  add(name: string): LiveStep {
    const id = 1000 + (name.codePointAt(0) ?? 0);
    return {
      do: 'add server',
      backend: this.subject.backend,
      server: { name, address: '127.0.0.1', port: 9, id },
      options: [],
      isChecked: false,
    };
  }

  row(key: string, value: string): LiveStep {
    return { do: 'add row', map: this.subject.map, row: { key, value } };
  }

  async send(...steps: readonly LiveStep[]): Promise<readonly StepOutcome[]> {
    return (await this.sink.send(steps, await this.sink.worker(never), never)).outcomes;
  }

  async observe(...certificates: readonly string[]): ReturnType<LiveSink['observe']> {
    const { map, list, crtList, certificate, backend } = this.subject;
    const scope: ObservationScope = { maps: [map], lists: [list], crtLists: [crtList], certificates: [certificate, ...certificates] };
    const observation = await this.sink.observe(scope, never);
    return { ...observation, servers: observation.servers.filter((server) => server.backend === backend) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sink.close();
    await this.subject.end?.();
  }
}

import {
  type HaproxyModel,
  type HaproxyRow,
  type InputTable,
  type MapRow,
  type Outcome,
  type SectionRow,
  Tables,
  type Target,
  Transaction,
} from '@signalbox/core';
import { haproxy } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { keysOf } from '../fakes/render-files.js';
import { freePorts } from '../haproxy/free-ports.js';

/** A target to hold against the contract. @public */
export interface TargetSubject {
  readonly target: Target;
  /** Makes the next attempt be refused by HAProxy. Without it that part of the contract is left out. */
  readonly refuseNext?: () => void;
  /** Makes the next attempt fail, as by a full disk. Without it that part of the contract is left out. */
  readonly failNext?: () => void;
  /** Cleans up after the test. */
  end?(): Promise<void>;
}

const never = new AbortController().signal;

/**
 * Declares the tests that every {@link @signalbox/core#Target} passes.
 * @param name - of the target, for the names of the tests.
 * @param factory - makes a target that has applied nothing yet; called once for each test.
 * @public
 */
export function targetContract(name: string, factory: () => Promise<TargetSubject> | TargetSubject): void {
  describe(`${name} keeps the contract of targets:`, { timeout: 30_000 }, () => {
    it('it knows what its HAProxy can do', async () => {
      await using test = await Test.prepare(factory);
      expect((await test.target.features(never)).branch.length).toBe(2);
      expect(test.target.name).not.toBe('');
    });

    it('it applies every row at first', async () => {
      await using test = await Test.prepare(factory);
      const { steps, reload, refused } = await test.applyAll();
      expect([refused, reload]).toEqual([undefined, 'started']);
      expect(steps.map(({ key }) => key).sort()).toEqual([...test.table.rows.keys()].sort());
      expect(steps.every(({ kind, before, after }) => kind === 'add' && before === undefined && after !== undefined)).toBe(true);
    });

    it('it does nothing where nothing differs, whatever is called dirty', async () => {
      await using test = await Test.prepare(factory);
      await test.applyAll();
      expect(await test.applyAll()).toMatchObject({ steps: [], reload: 'none' });
      test.set(mapRow('a', '1'));
      expect(await test.apply('map host a')).toMatchObject({ steps: [], reload: 'none' });
      expect(await test.apply('map host unknown')).toMatchObject({ steps: [], reload: 'none' });
    });

    it('it takes the steps that dirty keys ask for, and no others', async () => {
      await using test = await Test.prepare(factory);
      await test.applyAll();
      test.set(mapRow('a', '2'), mapRow('b', '1'), mapRow('c', '1'));
      test.remove('map host z');
      const { steps } = await test.apply('map host a', 'map host b', 'map host z');
      expect(steps.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual(['add map host b', 'change map host a', 'remove map host z']);
      expect(steps.find(({ kind }) => kind === 'change')).toMatchObject({ before: { value: '1' }, after: { value: '2' } });
      expect((await test.apply('map host c')).steps.map(({ kind, key }) => `${kind} ${key}`)).toEqual(['add map host c']);
    });

    it('it says what its steps are for', async () => {
      await using test = await Test.prepare(factory);
      await test.applyAll();
      const origin = { object: { group: '', kind: 'Service', namespace: 'default', name: 'web' }, field: 'spec.ports[0]' };
      test.set({ ...mapRow('a', '3'), origin });
      expect((await test.apply('map host a')).steps[0]?.reason).toEqual(origin);
    });

    it('it reads rows before its first wait: later commits do no harm', async () => {
      await using test = await Test.prepare(factory);
      await test.applyAll();
      test.set(mapRow('a', '2'));
      const first = test.apply('map host a');
      test.set(mapRow('a', '3'));
      expect((await first).steps[0]?.after).toMatchObject({ value: '2' });
      expect((await test.apply('map host a')).steps[0]).toMatchObject({ before: { value: '2' }, after: { value: '3' } });
    });

    it('it changes nothing where HAProxy refuses, says why, and can be asked again', async ({ skip }) => {
      await using test = await Test.prepare(factory);
      const { refuseNext } = test.subject;
      if (refuseNext === undefined) return skip();
      await test.applyAll();
      test.set(mapRow('a', '2'));
      refuseNext();
      const { steps, reload, refused } = await test.apply('map host a');
      expect({ steps, reload }).toEqual({ steps: [], reload: 'none' });
      expect(refused?.complaints.length).toBeGreaterThan(0);
      test.set(mapRow('b', '1'));
      const again = await test.apply('map host a', 'map host b');
      expect(again.steps.map(({ kind, key }) => `${kind} ${key}`).sort()).toEqual(['add map host b', 'change map host a']);
      expect(again.refused).toBeUndefined();
    });

    it('it has changed nothing where it fails, and can be asked again', async ({ skip }) => {
      await using test = await Test.prepare(factory);
      const { failNext } = test.subject;
      if (failNext === undefined) return skip();
      failNext();
      await expect(test.applyAll()).rejects.toThrow();
      expect((await test.applyAll()).steps.length).toBe(test.table.rows.size);
      test.set(mapRow('a', '2'));
      failNext();
      await expect(test.apply('map host a')).rejects.toThrow();
      expect((await test.apply('map host a')).steps).toMatchObject([{ kind: 'change', before: { value: '1' }, after: { value: '2' } }]);
    });
  });
}

class Test implements AsyncDisposable {
  readonly subject: TargetSubject;
  readonly tables: Tables = new Tables();
  readonly table: InputTable<HaproxyRow> = this.tables.input<HaproxyRow>('rows');
  readonly #model: HaproxyModel = { tables: [this.table] };

  private constructor(subject: TargetSubject) {
    this.subject = subject;
  }

  static async prepare(factory: () => Promise<TargetSubject> | TargetSubject): Promise<Test> {
    const test = new Test(await factory());
    const [port = 0] = await freePorts(1);
    test.set(...sections(port), mapRow('a', '1'), mapRow('z', '1'));
    return test;
  }

  get target(): Target {
    return this.subject.target;
  }

  set(...rows: readonly HaproxyRow[]): void {
    const transaction = new Transaction();
    for (const row of rows) transaction.set(this.table, keyOf(row), row);
    this.tables.commit(transaction);
  }

  remove(key: string): void {
    this.tables.commit(new Transaction().delete(this.table, key));
  }

  applyAll(): Promise<Outcome> {
    return this.target.apply(this.#model, keysOf(this.#model), never);
  }

  apply(...keys: readonly string[]): Promise<Outcome> {
    return this.target.apply(this.#model, new Map(keys.map((key) => [key, this.table])), never);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.target.close('stop', 1000);
    await this.subject.end?.();
  }
}

function keyOf(row: HaproxyRow): string {
  return row.type === 'map' ? `map ${row.map} ${row.key}` : row.type === 'section' ? `section ${row.kind} ${row.name ?? ''}` : row.type;
}

function mapRow(key: string, value: string): MapRow {
  return { type: 'map', map: 'host', key, value };
}

function sections(port: number): SectionRow[] {
  const own = (...directives: readonly ReturnType<typeof haproxy>[]): SectionRow['directives'] =>
    directives.map((directive) => ({ directive }));
  return [
    { type: 'section', kind: 'global', directives: own(haproxy`default-path config`) },
    {
      type: 'section',
      kind: 'defaults',
      name: 'contract',
      directives: own(haproxy`mode http`, haproxy`timeout client 10s`, haproxy`timeout server 10s`, haproxy`timeout connect 1s`),
    },
    {
      type: 'section',
      kind: 'frontend',
      name: 'contract',
      from: 'contract',
      directives: own(haproxy`bind ${`127.0.0.1:${port}`}`, haproxy`http-request return status 200`),
    },
  ];
}

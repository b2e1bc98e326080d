import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiCaller } from '../api-caller.js';
import { pause } from '../clock.js';
import { type Fault, FakeCluster, refusal } from '../fixtures/fake-cluster.js';
import { virtualApi, type Way } from '../fixtures/virtual-api.js';
import { chance, VirtualTime } from '../fixtures/virtual-time.js';
import { silent, Troubles } from '../troubles.js';
import { LeaderElection } from './leader-election.js';

const path = '/apis/coordination.k8s.io/v1/namespaces/here/leases/signalbox';
const timing = { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 };

interface Span {
  readonly who: string;
  readonly fromMs: number;
  toMs: number;
}

/** Replicas that share a Lease, each with a clock of its own. */
class Replicas {
  readonly time = new VirtualTime();
  readonly cluster = new FakeCluster();
  readonly spans: Span[] = [];
  readonly problems: string[] = [];
  /** `b follows a`. */
  readonly followed: string[] = [];
  readonly #random: () => number;
  /** Called when a request is sent by a replica; of what it takes, and what becomes of it. */
  network: (who: string) => Way = () => ({
    thereMs: 5,
    backMs: 5,
  });

  constructor(seed = 1) {
    this.#random = chance(seed);
  }

  start(
    who: string,
    clockIs: { readonly rate?: number; readonly offsetMs?: number } = {},
  ): { readonly election: LeaderElection; stop(): Promise<void> } {
    const clock = this.time.clock(clockIs);
    const warn = (message: string): void => void this.problems.push(message);
    const election = new LeaderElection({
      caller: new ApiCaller(
        virtualApi(this.cluster, this.time.clock(), () => this.network(who)),
        clock,
        10_000,
      ),
      clock,
      troubles: new Troubles({ ...silent, warn }),
      namespace: 'here',
      name: 'signalbox',
      identity: who,
      timing,
      random: this.#random,
      onOther: (other) => void this.followed.push(`${who} follows ${other}`),
      onLeader: (isLeader) => {
        if (isLeader) this.spans.push({ who, fromMs: this.time.nowMs, toMs: Number.POSITIVE_INFINITY });
        else this.spans.findLast((span) => span.who === who)!.toMs = this.time.nowMs;
      },
    });
    const end = new AbortController();
    const ended = election.run(end.signal, async ({ signal }) => pause(clock, 1e9, signal));
    return {
      election,
      stop: async () => {
        end.abort();
        await this.time.pass(1000);
        await ended;
      },
    };
  }

  get leaders(): string[] {
    return this.spans.filter(({ toMs }) => toMs === Number.POSITIVE_INFINITY).map(({ who }) => who);
  }
}

function overlaps(spans: readonly Span[]): string[] {
  const sorted = spans.toSorted((one, other) => one.fromMs - other.fromMs);
  return sorted.flatMap((span, index) => {
    const other = sorted.slice(0, index).find((before) => before.toMs > span.fromMs);
    return other === undefined ? [] : [`${other.who} until ${String(other.toMs)}, ${span.who} from ${String(span.fromMs)}`];
  });
}

describe('LeaderElection', () => {
  it('takes a Lease that nobody has, and holds it', async () => {
    const replicas = new Replicas();
    const { election } = replicas.start('a');
    await replicas.time.pass(100);
    expect(election.isLeader).toBe(true);
    await replicas.time.pass(600_000);
    expect(replicas.leaders).toEqual(['a']);
    expect(replicas.spans).toHaveLength(1);
    expect(replicas.cluster.get(path)?.['spec']).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 0 });
  });

  it('leaves the Lease to one of several, and to the next as soon as that one stops', async () => {
    const replicas = new Replicas();
    const a = replicas.start('a');
    await replicas.time.pass(1000);
    replicas.start('b', { offsetMs: 3_600_000 });
    await replicas.time.pass(60_000);
    expect(replicas.leaders).toEqual(['a']);
    expect(replicas.followed).toEqual(['b follows a']);
    const stoppedMs = replicas.time.nowMs;
    await a.stop();
    expect(replicas.cluster.get(path)?.['spec']).toMatchObject({ holderIdentity: '' });
    await replicas.time.pass(3000);
    expect(replicas.leaders).toEqual(['b']);
    expect(replicas.spans[1]!.fromMs - stoppedMs).toBeLessThan(2500);
    expect(replicas.cluster.get(path)?.['spec']).toMatchObject({ leaseTransitions: 1 });
  });

  it('stops leading when it could not renew in time, well before another may begin', async () => {
    const replicas = new Replicas();
    replicas.start('a');
    await replicas.time.pass(5000);
    replicas.start('b');
    await replicas.time.pass(5000);
    replicas.network = (who) => ({ thereMs: 5, backMs: 5, ...(who === 'a' && { fault: 'hang' as const }) });
    await replicas.time.pass(40_000);
    const [first, second] = replicas.spans;
    expect([first?.who, second?.who]).toEqual(['a', 'b']);
    expect(second!.fromMs - first!.toMs).toBeGreaterThan(2000);
    expect(second!.fromMs).toBeLessThan(10_000 + 15_000 + 5_000);
    expect(replicas.problems[0]).toMatch(/The Lease here\/signalbox cannot be had.*no answer/);
  });

  it('goes on leading over errors that are shorter than the deadline', async () => {
    const replicas = new Replicas();
    replicas.start('a');
    await replicas.time.pass(5000);
    for (const fault of [refusal(500, 'InternalError'), refusal(429, 'TooManyRequests'), 'lose the answer', 'hang'] as const) {
      replicas.network = () => ({ thereMs: 5, backMs: 5, fault });
      await replicas.time.pass(4000);
      replicas.network = () => ({ thereMs: 5, backMs: 5 });
      await replicas.time.pass(10_000);
    }
    expect(replicas.spans).toEqual([{ who: 'a', fromMs: expect.any(Number) as number, toMs: Number.POSITIVE_INFINITY }]);
  });

  it('is lost at once when somebody else has written his name', async () => {
    const replicas = new Replicas();
    replicas.start('a');
    await replicas.time.pass(5000);
    const lease = replicas.cluster.get(path)!;
    replicas.cluster.put(path.replace('/signalbox', ''), { ...lease, spec: { ...(lease['spec'] as object), holderIdentity: 'thief' } });
    await replicas.time.pass(2500);
    expect(replicas.leaders).toEqual([]);
    await replicas.time.pass(11_000);
    expect(replicas.leaders).toEqual([]);
    await replicas.time.pass(6_000);
    expect(replicas.leaders).toEqual(['a']);
  });

  it('is not lost because something else of the Lease was changed', async () => {
    const replicas = new Replicas();
    replicas.start('a');
    await replicas.time.pass(5000);
    const lease = replicas.cluster.get(path)!;
    replicas.cluster.put(path.replace('/signalbox', ''), { ...lease, metadata: { ...lease.metadata, labels: { by: 'hand' } } as never });
    await replicas.time.pass(30_000);
    expect(replicas.spans).toHaveLength(1);
    expect(replicas.cluster.get(path)).toMatchObject({ metadata: { labels: { by: 'hand' } }, spec: { holderIdentity: 'a' } });
  });

  it('makes a Lease anew that was deleted, before a replica that has seen its holder may', async () => {
    const replicas = new Replicas();
    replicas.start('a');
    await replicas.time.pass(1000);
    replicas.start('b');
    await replicas.time.pass(5000);
    for (let round = 0; round < 20; round++) {
      replicas.cluster.delete(path);
      await replicas.time.pass(20_100);
    }
    expect(replicas.spans.map(({ who }) => who)).toEqual(['a']);
  });

  it('gives a Lease back whose last renewal had no answer', async () => {
    const replicas = new Replicas();
    const a = replicas.start('a');
    await replicas.time.pass(1000);
    replicas.network = () => ({ thereMs: 5, backMs: 5, fault: 'lose the answer' });
    await replicas.time.pass(2500);
    replicas.network = () => ({ thereMs: 5, backMs: 5 });
    await a.stop();
    expect(replicas.cluster.get(path)?.['spec']).toMatchObject({ holderIdentity: '' });
  });

  it('gives the Lease back and rejects when the work does', async () => {
    const { time, cluster } = new Replicas();
    const clock = time.clock();
    const caller = new ApiCaller({ request: async (request) => cluster.handle(request) }, clock, 10_000);
    const told: boolean[] = [];
    const election = new LeaderElection({
      ...{ caller, clock, timing, namespace: 'here', name: 'signalbox', identity: 'a' },
      troubles: new Troubles(silent),
      onLeader: (isLeader) => void told.push(isLeader),
    });
    const ended = election.run(new AbortController().signal, () => Promise.reject(new Error('a bug')));
    const seen = expect(ended).rejects.toThrow('a bug');
    await time.pass(100);
    await seen;
    expect(told).toEqual([true, false]);
    expect(cluster.get(path)?.['spec']).toMatchObject({ holderIdentity: '' });
  });

  it('says that it may not, once', async () => {
    const replicas = new Replicas();
    replicas.network = () => ({ thereMs: 5, backMs: 5, fault: refusal(403, 'Forbidden') });
    replicas.start('a');
    await replicas.time.pass(60_000);
    expect(replicas.problems).toHaveLength(1);
    expect(replicas.problems[0]).toContain('403');
  });

  it('never has two leaders, whatever clocks and network do within the rules', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 2 ** 31 }), async (seed) => {
        const random = chance(seed);
        const replicas = new Replicas(seed + 1);
        const bad = new Map<string, number>();
        replicas.network = (who) => {
          const roll = random();
          const isBad = (bad.get(who) ?? 0) > replicas.time.nowMs;
          const odds = isBad ? 0.9 : 0.05;
          const slow = roll < 0.2 ? 4000 : 50;
          const faults: Fault[] = ['hang', 'lose the answer', refusal(500, 'InternalError'), refusal(409, 'Conflict'), undefined];
          const fault = random() < odds ? faults[Math.floor(random() * faults.length)] : undefined;
          return { thereMs: random() * slow, backMs: random() * slow, ...(fault && { fault }) };
        };
        const running = new Map<string, ReturnType<Replicas['start']>>();
        for (let index = 0; index < 40; index++) {
          const who = `r${String(Math.floor(random() * 3))}-`;
          const name = [...running.keys()].find((each) => each.startsWith(who));
          // A clock may be as wrong as it likes, but not run wrong by more than six parts in a hundred.
          if (name === undefined) {
            const named = `${who}${String(index)}`;
            running.set(named, replicas.start(named, { rate: 0.94 + random() * 0.12, offsetMs: random() * 7_200_000 }));
          } else if (random() < 0.3) {
            await running.get(name)!.stop();
            running.delete(name);
          } else {
            bad.set(name, replicas.time.nowMs + random() * 40_000);
          }
          await replicas.time.pass(random() * 15_000);
          expect(overlaps(replicas.spans)).toEqual([]);
        }
        // Once all is well again, there is one.
        replicas.network = () => ({ thereMs: 5, backMs: 5 });
        if (running.size === 0) running.set('last', replicas.start('last'));
        await replicas.time.pass(25_000);
        expect(replicas.leaders).toHaveLength(1);
        expect(overlaps(replicas.spans)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});

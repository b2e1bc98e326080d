import { type ControllerEvents, createController, type HaproxyRow, type ObjectRef, SecretText, type Step } from '@signalbox/core';
import { memorySink } from '@signalbox/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Facts, Log, LogLevel } from './log.js';
import { logEvents } from './log-events.js';

type Applied = ControllerEvents['applied'][0];
type Reloaded = ControllerEvents['reloaded'][0];

let lines: { readonly level: LogLevel; readonly message: string; readonly facts: Facts }[];
let events: ReturnType<typeof createController>['events'];

beforeEach(() => {
  lines = [];
  const at =
    (level: LogLevel) =>
    (message: string, facts: Facts = {}): void =>
      void lines.push({ level, message, facts });
  const log: Log = { level: 'trace', trace: at('trace'), debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  const controller = createController({
    sources: [],
    plugins: [],
    sinks: [memorySink()],
    defaultCertificate: { otherwise: new SecretText('') },
  });
  events = controller.events;
  logEvents(controller, log, new AbortController().signal);
});

/** What is said to somebody who has not asked for more. */
function said(): string[] {
  return lines.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level} ${message}`);
}

function step(row: HaproxyRow, name: string, field?: string): Step {
  const object = { group: 'networking.k8s.io', kind: 'Ingress', namespace: 'default', name } as ObjectRef;
  return { kind: 'add', key: JSON.stringify(row), after: row, reason: { object, ...(field !== undefined && { field }) } };
}

const serverRow: HaproxyRow = { type: 'server', backend: 'pool', name: '10.0.0.1:80', address: '10.0.0.1', port: 80 };
const backendRow: HaproxyRow = { type: 'section', kind: 'backend', name: 'pool', directives: [] };

function applied(told: Partial<Applied>): void {
  events.emit('applied', { target: 'haproxy', steps: [], live: [], reload: 'none', durationMs: 2, ...told });
}

function reloaded(told: Partial<Reloaded>): void {
  events.emit('reloaded', { target: 'haproxy', reasons: [], causes: [], durationMs: 100, ...told });
}

describe('the log of a controller', () => {
  it('says of a change that HAProxy took up what it was and for which objects', () => {
    const live = [step(serverRow, 'web', 'spec.rules[0]')];
    applied({ steps: live, live, sent: { commands: 1, bytes: 90 } });
    expect(said()).toEqual(['info Applied 1 server added in 2.0 ms: live, for Ingress default/web spec.rules[0].']);
    expect(lines[0]?.facts).toMatchObject({ live: 1, sent: { commands: 1, bytes: 90 } });
  });

  it('says of a reload why, with object and field, in one line with what was live', () => {
    const live = [step(serverRow, 'web')];
    const later = step(backendRow, 'shop', 'metadata.annotations[haproxy.org/check]');
    applied({ steps: [...live, later], live, reload: 'reloaded', durationMs: 130 });
    expect(said()).toEqual([]);
    reloaded({ causes: [{ cause: 'backend', step: later }], oldWorkers: 1 });
    expect(said()).toEqual([
      'info Applied 1 server, 1 backend section added in 130 ms: 1 server added live, for Ingress default/web; HAProxy reloaded, because a backend is new or has other rules (Ingress default/shop metadata.annotations[haproxy.org/check]).',
    ]);
    expect(lines[0]?.facts).toMatchObject({
      causes: [{ cause: 'backend', object: 'Ingress default/shop', field: 'metadata.annotations[haproxy.org/check]' }],
      oldWorkers: 1,
    });
  });

  it('sums up where there are many objects and several causes', () => {
    const many = Array.from({ length: 500 }, (_, at) => step(backendRow, `shop-${String(at)}`));
    applied({ steps: many, reload: 'reloaded', durationMs: 130 });
    reloaded({ causes: [...many.map((each) => ({ cause: 'backend' as const, step: each })), { cause: 'drift' }] });
    expect(said()).toEqual([
      'info Applied 500 backend sections added in 130 ms: HAProxy reloaded, because what ran was not what is wanted; a backend is new or has other rules (Ingress default/shop-0, Ingress default/shop-1, Ingress default/shop-2, 497 more).',
    ]);
  });

  it('names the objects where every change is a reload', () => {
    const steps = [step(backendRow, 'shop', 'spec.rules[0]')];
    applied({ steps, reload: 'reloaded' });
    reloaded({});
    expect(said()).toEqual(['info Applied 1 backend section added in 2.0 ms: HAProxy reloaded for Ingress default/shop spec.rules[0].']);
  });

  it('says of a start, and of a HAProxy that was found running, no more than that', () => {
    applied({ steps: [step(serverRow, 'web')], reload: 'started' });
    reloaded({});
    applied({ steps: [step(serverRow, 'web')] });
    expect(said()).toEqual([
      'info Applied 1 server added in 2.0 ms: HAProxy started.',
      'info Applied 1 server added in 2.0 ms: HAProxy runs with all of it already.',
    ]);
  });

  it('tells only those who look closely that something waits', () => {
    applied({ waiting: { reasons: [{ cause: 'backend', step: step(backendRow, 'shop') }], inMs: 480 } });
    expect(said()).toEqual([]);
    expect(lines.map(({ message }) => message)).toEqual([
      'Waits 480 ms for a reload, because a backend is new or has other rules (Ingress default/shop).',
    ]);
  });

  it('says of drift the first differences and how many more there are', () => {
    events.emit('drifted', { target: 'haproxy', differences: ['a is missing', 'b is missing', 'c is missing', 'd is missing', 'e'] });
    expect(said()).toEqual([
      'warn What ran was not what is wanted, and is mended (5 differences): a is missing, b is missing, c is missing, 2 more.',
    ]);
  });

  it('says what is repeated once, not a thousand times', () => {
    for (let at = 0; at < 1_000; at += 1) {
      const word = String.fromCharCode(97 + (at % 26));
      events.emit('drifted', { target: 'haproxy', differences: [`server ${word}/${word} is missing`] });
      events.emit('failed', { target: 'haproxy', error: new Error(`Process ${String(at)} does not answer.`), retryInMs: at });
      events.emit('rejected', { target: 'haproxy', diagnostics: [] });
      applied({});
    }
    expect(said()).toEqual([
      'warn What ran was not what is wanted, and is mended (1 difference): server a/a is missing.',
      'error Process 0 does not answer. It is tried again.',
      'error HAProxy refuses the configuration (0 reasons, named above); it goes on serving the last good one.',
    ]);
  });
});

import { type Controller, createController, SecretText } from '@signalbox/core';
import { memorySink } from '@signalbox/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Watchdog } from './watchdog.js';

let events: Controller['events'];
let collection: { isSynced: boolean; hasChanges: boolean };
let nextWake: number | undefined;
let watchdog: Watchdog;
let said: string[];

beforeEach(() => {
  const { events: own } = createController({
    sources: [],
    plugins: [],
    sinks: [memorySink()],
    defaultCertificate: { otherwise: new SecretText('') },
  });
  events = own;
  collection = { isSynced: true, hasChanges: false };
  nextWake = undefined;
  said = [];
  const pipeline = { collection, tables: { nextWake: () => nextWake } };
  watchdog = new Watchdog({ events, pipeline }, { limitMs: 60_000, onStuck: (why) => said.push(why) });
});
afterEach(() => watchdog[Symbol.dispose]());

function lookFor(seconds: number): void {
  for (let at = 0; at < seconds; at += 5) watchdog.look(5_000);
}
const changed = (rows: number): boolean => events.emit('changed', { rows, durationMs: 1 });
const applied = (told: Partial<Parameters<typeof emitApplied>[0]> = {}): boolean => emitApplied({ durationMs: 0, ...told });
function emitApplied({ durationMs, waiting }: { durationMs: number; waiting?: { reasons: []; inMs: number } }): boolean {
  return events.emit('applied', { target: 'haproxy', steps: [], live: [], reload: 'none', durationMs, ...(waiting && { waiting }) });
}
const failed = (retryInMs: number): boolean => events.emit('failed', { target: 'haproxy', error: new Error('no disk'), retryInMs });
const pause = async (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** All is done. */
function settle(): void {
  changed(3);
  applied();
}

describe('the watchdog', () => {
  it('is content with a controller that has nothing to do', () => {
    settle();
    lookFor(3_600);
    changed(0);
    lookFor(3_600);
    expect(watchdog.stuck).toBeUndefined();
  });

  it('is content while sources have not given their lists', () => {
    collection.isSynced = false;
    collection.hasChanges = true;
    lookFor(3_600);
    expect(watchdog.stuck).toBeUndefined();
  });

  it('notices changes that nobody computes, and says so once', () => {
    settle();
    collection.hasChanges = true;
    lookFor(55);
    expect(watchdog.stuck).toBeUndefined();
    lookFor(30);
    expect(watchdog.stuck).toBe('changes have not been computed for 85 s');
    expect(said).toEqual(['changes have not been computed for 60 s']);
    collection.hasChanges = false;
    changed(1);
    applied();
    lookFor(5);
    expect(watchdog.stuck).toBeUndefined();
  });

  it('notices a first commit and a time that has come', () => {
    lookFor(60);
    expect(watchdog.stuck).toContain('computed');
    settle();
    lookFor(5);
    nextWake = Date.now() + 3_600_000;
    lookFor(60);
    expect(watchdog.stuck).toBeUndefined();
    nextWake = Date.now() - 1;
    lookFor(60);
    expect(watchdog.stuck).toContain('computed');
  });

  it('is content while changes come and are computed', () => {
    settle();
    collection.hasChanges = true;
    for (let minute = 0; minute < 60; minute += 1) {
      lookFor(50);
      changed(0);
    }
    expect(watchdog.stuck).toBeUndefined();
  });

  it('notices an attempt that comes to no end, however much changes meanwhile', () => {
    settle();
    for (let at = 0; at < 12; at += 1) {
      changed(1);
      lookFor(5);
    }
    expect(watchdog.stuck).toBe('HAProxy has not been brought up to date for 60 s');
    applied();
    lookFor(5);
    expect(watchdog.stuck).toBeUndefined();
  });

  it('takes failing again and again for getting on, and a failure without another attempt for none', () => {
    changed(1);
    for (let at = 0; at < 100; at += 1) {
      failed(10_000);
      lookFor(10);
    }
    events.emit('rejected', { target: 'haproxy', diagnostics: [] });
    lookFor(30);
    expect(watchdog.stuck).toBeUndefined();
    lookFor(30);
    expect(watchdog.stuck).toContain('HAProxy');
  });

  it('does not mind a reporter that has ended', () => {
    settle();
    failed(Number.POSITIVE_INFINITY);
    lookFor(3_600);
    expect(watchdog.stuck).toBeUndefined();
  });

  it('expects another attempt for what waits, and for what was computed while one ran', async () => {
    changed(1);
    applied({ waiting: { reasons: [], inMs: 500 } });
    lookFor(60);
    expect(watchdog.stuck).toContain('HAProxy');
    settle();
    await pause(60);
    changed(1);
    applied({ durationMs: 50 });
    lookFor(60);
    expect(watchdog.stuck).toContain('HAProxy');
    applied();
    lookFor(3_600);
    expect(watchdog.stuck).toBeUndefined();
  });

  it('counts a search for those to blame as getting on', () => {
    changed(1);
    collection.hasChanges = true;
    for (let at = 0; at < 10; at += 1) {
      lookFor(50);
      events.emit('quarantined', { objects: [] });
    }
    expect(watchdog.stuck).toBeUndefined();
  });
});

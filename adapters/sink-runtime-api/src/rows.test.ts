import { isRefusal, mapRow, patternRow, runtimeWord } from '@signalbox/core';
import type { LiveRow, LiveStep, StepOutcome } from '@signalbox/core';
import { allHaproxies } from '@signalbox/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningHaproxy } from './fixtures/running-haproxy.js';

const scope = { maps: ['maps/host.map', 'maps/ip.map'], lists: ['lists/ip.lst', 'lists/word.lst'], crtLists: [], certificates: [] };
const done: StepOutcome = { status: 'done' };
const map = 'maps/host.map';

/** What people who want to break out write, among all else. */
const piece = fc.oneof(
  fc.constantFrom(
    ' ',
    '\\',
    ';',
    '"',
    "'",
    '#',
    '<<',
    ' <<',
    '<<x',
    '\\ ',
    '> ',
    '+ ',
    '@1',
    '%',
    '$',
    '|',
    '\n',
    '\0',
    '{',
    '#0x1',
    '€',
    '\u2028',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
);
const hostile = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));

function taken(...encode: (() => unknown)[]): boolean {
  try {
    for (const each of encode) each();
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

/** HAProxy 3 takes what stands behind the last blank of a command for the announcement of a payload. */
const announces = (word: string): boolean => / <<[^ ]*$/.test(word);

describe.each(allHaproxies())('rows of HAProxy $branch', ({ path }) => {
  let haproxy: RunningHaproxy;
  let pid: number;
  beforeAll(async () => {
    haproxy = await RunningHaproxy.start(path);
    pid = await haproxy.sink().worker(haproxy.signal);
  });
  afterAll(async () => haproxy[Symbol.asyncDispose]());

  const send = async (...steps: LiveStep[]): Promise<readonly StepOutcome[]> =>
    (await haproxy.sink().send(steps, pid, haproxy.signal)).outcomes;
  const why = async (step: LiveStep): Promise<string> => {
    const [outcome] = await send(step);
    return outcome?.status === 'refused' ? outcome.why : `not refused but ${outcome?.status}`;
  };
  const seen = async () => haproxy.sink().observe(scope, haproxy.signal);
  const rows = async (): Promise<[string, string][]> => [...((await seen()).maps.get(map) ?? [])];

  it('adds, sets and deletes rows', async () => {
    const key = 'x.test';
    expect(await send({ do: 'add row', map, row: { key, value: 'one two' } })).toEqual([done]);
    expect(await rows()).toContainEqual([key, 'one two']);
    expect(await send({ do: 'set row', map, row: { key, value: '3;4' } })).toEqual([done]);
    expect(await rows()).toContainEqual([key, '3;4']);
    expect(await send({ do: 'delete row', map, key })).toEqual([done]);
    expect(await rows()).not.toContainEqual([key, '3;4']);
    expect(await send({ do: 'delete row', map, key })).toEqual([done]);
  });

  it('adds a row that should have been there to be set', async () => {
    const row = (value: string): LiveRow => ({ key: 'missing.test', value });
    expect(await send({ do: 'set row', map, row: row('1') }, { do: 'set row', map, row: row('2') })).toEqual([done, done]);
    expect(await haproxy.say(`show map ${map}`)).toMatch(/^0x\w+ missing\.test 2$/m);
    expect(await haproxy.say(`show map ${map}`)).not.toMatch(/ missing\.test 1$/m);
  });

  it.each<LiveStep>([
    { do: 'add row', map: 'maps/none.map', row: { key: 'k', value: 'v' } },
    { do: 'set row', map: 'maps/none.map', row: { key: 'k', value: 'v' } },
    { do: 'delete row', map: 'maps/none.map', key: 'k' },
    { do: 'replace map', map: 'maps/none.map', rows: [{ key: 'k', value: 'v' }] },
    { do: 'replace list', list: 'lists/none.lst', entries: ['k'] },
  ])('refuses "$do" in a file that is not there', async (step) => {
    expect(await why(step)).toMatch(/^Unknown (map|ACL) identifier/);
    expect(await why(JSON.parse(JSON.stringify(step).replace('none', '../x')) as LiveStep)).toMatch(/^Expected a file name/);
    expect(await why(JSON.parse(JSON.stringify(step).replace(/(maps|lists)\/none\.\w+/, '#0')) as LiveStep)).toMatch(
      /^Expected a file name/,
    );
  });

  it('refuses what a file could not hold, and does not show it', async () => {
    for (const [key, value] of [
      ['a secret', 'v'],
      ['k', ' secret'],
      ['', 'secret'],
      ['k', ''],
      ['#secret', 'v'],
      ['k', 'secret\nclear map maps/host.map'],
    ] as const) {
      for (const step of ['add row', 'set row'] as const) expect(await why({ do: step, map, row: { key, value } })).not.toContain('secret');
      expect(await why({ do: 'replace map', map, rows: [{ key, value }] })).not.toContain('secret');
    }
    const before = await rows();
    expect(await why({ do: 'add row', map, row: { key: 'k', value: 'a <<secret' } })).toMatch(/announces a payload/);
    expect(await rows()).toEqual(before);
  });

  it('replaces all rows at once', async () => {
    const many = Array.from({ length: 5000 }, (_, at) => ({ key: `host-${at}.test`, value: `#${at} <<` }));
    expect(await send({ do: 'replace map', map, rows: many })).toEqual([done]);
    expect(await rows()).toEqual(many.map(({ key, value }) => [key, value]));
    expect(await send({ do: 'replace map', map, rows: new Set(many.slice(0, 2)).values() })).toEqual([done]);
    expect(await rows()).toHaveLength(2);
    expect(await send({ do: 'replace map', map, rows: [] })).toEqual([done]);
    expect(await rows()).toEqual([]);
  });

  it('changes nothing where one row is refused', async () => {
    const ip = 'maps/ip.map';
    await send({ do: 'replace map', map: ip, rows: [{ key: '10.0.0.1', value: 'a' }] });
    const many = Array.from({ length: 3000 }, (_, at) => ({ key: at === 2500 ? 'hunter2' : '10.0.0.2', value: 'b' }));
    expect(await why({ do: 'replace map', map: ip, rows: many })).toBe("'…' is not a valid IPv4 or IPv6 address.");
    expect(await why({ do: 'replace map', map: ip, rows: many.map((row) => ({ ...row, value: '' })) })).toBe('A map row needs a value.');
    expect([...((await seen()).maps.get(ip) ?? [])]).toEqual([['10.0.0.1', 'a']]);
    expect(await why({ do: 'add row', map: ip, row: { key: 'hunter2', value: 'b' } })).not.toContain('hunter2');
    expect(await haproxy.say(`show map @2 ${ip}`)).toBe('');
  });

  it('replaces a list', async () => {
    const list = 'lists/ip.lst';
    const entries = Array.from({ length: 2000 }, (_, at) => `10.${Math.floor(at / 200)}.${at % 200}.0/24`);
    expect(await send({ do: 'replace list', list, entries })).toEqual([done]);
    expect((await seen()).lists.get(list)).toEqual(new Set(entries));
    expect(await why({ do: 'replace list', list, entries: ['10.0.0.1', 'hunter2'] })).toBe("'…' is not a valid IPv4 or IPv6 address.");
    expect((await seen()).lists.get(list)).toEqual(new Set(entries));
    expect(await send({ do: 'replace list', list, entries: [] })).toEqual([done]);
    expect((await seen()).lists.get(list)).toEqual(new Set());
  });

  it('reads back what is there, and leaves out what is not', async () => {
    const found = await haproxy.sink().observe({ ...scope, maps: [map, 'maps/no.map'], lists: ['lists/no.lst'] }, haproxy.signal);
    expect([...found.maps.keys()]).toEqual([map]);
    expect([...found.lists.keys()]).toEqual([]);
    expect(found.worker).toBe(pid);
    expect(found.backends).toEqual(new Set(['app', 'empty', 'slots', 'static', 'secure']));
  });

  it('counts a key that stands there twice with its first value', async () => {
    await send({
      do: 'replace map',
      map,
      rows: [
        { key: 'k', value: '1' },
        { key: 'k', value: '2' },
      ],
    });
    expect(await rows()).toEqual([['k', '1']]);
  });

  it('takes hostile rows to the letter or not at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.record({ key: hostile, value: hostile }), { selector: ({ key }) => key, maxLength: 20 }),
        async (all) => {
          await send({ do: 'replace map', map, rows: [] });
          const steps = all.flatMap((row): LiveStep[] => [
            { do: 'add row', map, row: { ...row, value: 'before' } },
            { do: 'set row', map, row },
          ]);
          await send(...steps);
          const good = all.filter(({ key, value }) =>
            taken(
              () => mapRow(key, value),
              () => runtimeWord(key),
              () => runtimeWord(value),
            ),
          );
          const set = good.filter(({ value }) => !announces(value));
          const found = new Map(await rows());
          for (const { key, value } of set) expect(found.get(key)).toBe(value);
          for (const key of found.keys()) expect(all.map((row) => row.key)).toContain(key);
          const whole = all.filter(({ key, value }) => taken(() => mapRow(key, value)));
          expect(await send({ do: 'replace map', map, rows: whole })).toEqual([done]);
          expect(await rows()).toEqual(whole.map(({ key, value }) => [key, value]));
          await send(...all.map(({ key }): LiveStep => ({ do: 'delete row', map, key })));
          const left = whole.filter(({ key }) => !taken(() => runtimeWord(key)));
          expect(await rows()).toEqual(left.map(({ key, value }) => [key, value]));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('takes hostile entries of a list to the letter or not at all', async () => {
    const list = 'lists/word.lst';
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(hostile, { maxLength: 20 }), async (all) => {
        const good = all.filter(
          (entry) =>
            taken(
              () => patternRow(entry),
              () => runtimeWord(entry),
            ) && !announces(entry),
        );
        expect(await send({ do: 'replace list', list, entries: good })).toEqual([done]);
        expect((await seen()).lists.get(list)).toEqual(new Set(good));
        const [outcome] = await send({ do: 'replace list', list, entries: all });
        expect(outcome?.status).toBe(good.length === all.length ? 'done' : 'refused');
        expect((await seen()).lists.get(list)).toEqual(new Set(good));
      }),
      { numRuns: 200 },
    );
  });

  it('does thousands of steps in one go', async () => {
    await send({ do: 'replace map', map, rows: [] });
    const value = (at: number): string => `v ${at}`;
    const steps = Array.from({ length: 5000 }, (_, at): LiveStep => {
      if (at % 10 === 3) return { do: 'add row', map: 'maps/none.map', row: { key: 'k', value: 'v' } };
      return { do: at % 2 === 0 ? 'add row' : 'set row', map, row: { key: `k${at}`, value: value(at) } };
    });
    const sent = await haproxy.sink().send(steps, pid, haproxy.signal);
    sent.outcomes.forEach(({ status }, at) => expect(status).toBe(at % 10 === 3 ? 'refused' : 'done'));
    expect(sent.commands).toBeGreaterThan(5000);
    expect(sent.bytes).toBeGreaterThan(5000 * 'add map maps/host.map'.length);
    const found = new Map(await rows());
    expect(found.size).toBe(4500);
    for (const [key, text] of found) expect(text).toBe(value(Number(key.slice(1))));
  });
});

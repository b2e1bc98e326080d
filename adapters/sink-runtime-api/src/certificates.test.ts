import { SecretText } from '@signalbox/core';
import type { LiveStep, StepOutcome } from '@signalbox/core';
import { allHaproxies, certificateFor, sendRequest } from '@signalbox/testing';
import type { TestCertificate } from '@signalbox/testing';
import { X509Certificate } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunningHaproxy } from './fixtures/running-haproxy.js';

const done: StepOutcome = { status: 'done' };
const crtList = 'crt-list.txt';
const fingerprint = (of: TestCertificate): string => new X509Certificate(of.certificate).fingerprint.replaceAll(':', '');

describe.each(allHaproxies())('certificates of HAProxy $branch', ({ path }) => {
  let haproxy: RunningHaproxy;
  let pid: number;
  beforeEach(async () => {
    haproxy = await RunningHaproxy.start(path);
    pid = await haproxy.sink().worker(haproxy.signal);
  });
  afterEach(async () => {
    // Some commands end the worker, a little later.
    expect(await haproxy.sink().worker(haproxy.signal)).toBe(pid);
    await haproxy[Symbol.asyncDispose]();
  });

  const send = async (...steps: LiveStep[]): Promise<readonly StepOutcome[]> =>
    (await haproxy.sink().send(steps, pid, haproxy.signal)).outcomes;
  const why = async (step: LiveStep): Promise<string> => {
    const [outcome] = await send(step);
    return outcome?.status === 'refused' ? outcome.why : `not refused but ${outcome?.status}`;
  };
  const served = async (host: string): Promise<string | undefined> =>
    (await sendRequest({ port: haproxy.httpsPort, host, tls: true })).tls?.subject;
  const names = async (): Promise<string[]> => [
    ...((await haproxy.sink().observe({ maps: [], lists: [], crtLists: [crtList], certificates: [] }, haproxy.signal)).crtLists.get(
      crtList,
    ) ?? []),
  ];
  const fingerprints = async (...certificates: string[]): Promise<object> =>
    Object.fromEntries((await haproxy.sink().observe({ maps: [], lists: [], crtLists: [], certificates }, haproxy.signal)).certificates);
  const put = (file: string, of: TestCertificate): LiveStep => ({ do: 'put certificate', file, pem: of.pem });
  const add = (certificate: string, name: string): LiveStep => ({ do: 'add name', crtList, certificate, name });
  const remove = (certificate: string, name: string): LiveStep => ({ do: 'remove name', crtList, certificate, name });

  it('puts one that is there', async () => {
    const next = await certificateFor(['next.test']);
    expect(await send(put('certs/a.pem', next))).toEqual([done]);
    expect(await served('a.test')).toBe('next.test');
    expect(await served('b.test')).toBe('next.test');
    expect(await served('other.test')).toBe('default.test');
    expect(await fingerprints('certs/a.pem', 'certs/none.pem')).toEqual({ 'certs/a.pem': fingerprint(next) });
  });

  it('puts a new one with names, renews it and takes it away', async () => {
    const [first, second] = await Promise.all([certificateFor(['first.test']), certificateFor(['second.test'])]);
    const file = 'certs/new.pem';
    expect(await send(put(file, first), add(file, 'first.test'), add(file, '*.first.test'))).toEqual([done, done, done]);
    expect(await names()).toEqual([
      'certs/default.pem',
      'certs/a.pem a.test',
      'certs/a.pem b.test',
      'certs/a.pem c.test',
      'certs/a.pem d.test',
      'certs/new.pem first.test',
      'certs/new.pem *.first.test',
    ]);
    expect(await served('first.test')).toBe('first.test');
    expect(await served('x.first.test')).toBe('first.test');
    expect(await send(put(file, second))).toEqual([done]);
    expect(await served('first.test')).toBe('second.test');
    expect(await send({ do: 'remove certificate', file })).toEqual([{ status: 'busy' }]);
    expect(await send(remove(file, 'first.test'), remove(file, '*.first.test'), { do: 'remove certificate', file })).toEqual([
      done,
      done,
      done,
    ]);
    expect(await served('first.test')).toBe('default.test');
    expect(await names()).toHaveLength(5);
    expect(await send({ do: 'remove certificate', file }, remove(file, 'first.test'))).toEqual([done, done]);
    expect(await fingerprints(file)).toEqual({});
  });

  it('keeps track of lines in one call', async () => {
    const file = 'certs/new.pem';
    await send(put(file, await certificateFor(['x.test'])));
    const all = Array.from({ length: 150 }, (_, at) => `n${at}.test`);
    const adds = all.map((name) => add(file, name));
    const removes = all.map((name) => remove(file, name));
    const outcomes = await send(
      ...adds,
      ...removes,
      ...adds,
      ...adds,
      ...removes.slice(10),
      add(file, ''),
      add(file, ''),
      remove(file, ''),
    );
    expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['done']));
    expect((await names()).filter((line) => line.startsWith(file))).toEqual(all.slice(0, 10).map((name) => `${file} ${name}`));
  });

  it('refuses names that cannot be added or removed', async () => {
    expect(await why(add('certs/none.pem', 'x.test'))).toContain("certificate 'certs/none.pem' does not exist!");
    expect(await why({ ...add('certs/a.pem', 'x.test'), crtList: 'none.txt' } as LiveStep)).toContain(
      "crt-list 'none.txt' does not exist!",
    );
    expect(await why(add('certs/a.pem', 'x y'))).toMatch(/^Expected a host name/);
    expect(await why(add('certs/a b.pem', 'x.test'))).toMatch(/^Expected a file name/);
    expect(await why({ ...add('certs/a.pem', 'x.test'), crtList: 'a b' } as LiveStep)).toMatch(/^Expected a file name/);
    expect(await why({ ...remove('certs/a.pem', 'x.test'), crtList: 'a b' } as LiveStep)).toMatch(/^Expected a file name/);
    expect(await send({ ...remove('certs/a.pem', 'x.test'), crtList: 'none.txt' } as LiveStep)).toEqual([done]);
    expect(await why(remove('certs/a.pem', 'c.test'))).toBe('The line has other names too.');
    expect(await why(remove('certs/default.pem', ''))).toContain('it is used as default certificate');
    expect(await names()).toHaveLength(5);
  });

  it('leaves everything as it was where a certificate is no good', async () => {
    const [one, other] = await Promise.all([certificateFor(['one.test']), certificateFor(['other.test'])]);
    const bad: [string, RegExp][] = [
      ['hunter2', /^Expected PEM/],
      [one.certificate, /must contain at least a certificate and a private key/],
      [one.key, /^/],
      [`${one.certificate}\n${other.key}`, /inconsistencies between private key and certificate/],
      [`${one.certificate.slice(0, 80)}\nAAAA\n-----END CERTIFICATE-----\n${one.key}`, /^unable to load certificate/],
      [`${one.certificate}\n${one.key.replace(/\n/, '\nDEK-Info: hunter2\n\n')}`, /^Expected PEM/],
      [`${`${one.certificate}\n`.repeat(60)}${one.key}`, /^HAProxy takes at most 15000 bytes of PEM/],
    ];
    const before = await fingerprints('certs/a.pem');
    for (const [pem, expected] of bad) {
      for (const file of ['certs/a.pem', 'certs/new.pem']) {
        const said = await why({ do: 'put certificate', file, pem: new SecretText(pem) });
        expect(said).toMatch(expected);
        expect(said).not.toMatch(/hunter2|BEGIN|^not refused/);
      }
      expect(await haproxy.say('show ssl cert')).not.toMatch(/new\.pem|\*/);
    }
    expect(await fingerprints('certs/a.pem', 'certs/new.pem')).toEqual(before);
    expect(await send(put('certs/new.pem', one))).toEqual([done]);
  });

  it('takes as much PEM as fits', async () => {
    const { certificate, key } = await certificateFor(['large.test']);
    const times = Math.floor((14_900 - key.length) / (certificate.length + 1));
    const pem = new SecretText(`${`${certificate}\n`.repeat(times)}${key}`);
    expect(await send({ do: 'put certificate', file: 'certs/a.pem', pem })).toEqual([done]);
    expect(await served('a.test')).toBe('large.test');
  });

  it('sends blocks of PEM and nothing else', async () => {
    const { certificate, key } = await certificateFor(['lines.test']);
    const pem = `Bag Attributes\n\n${certificate}\n\nclear map maps/host.map\n\n${key.replaceAll('\n', '\r\n')}\n\n\n`;
    expect(await send({ do: 'put certificate', file: 'certs/a.pem', pem: new SecretText(pem) })).toEqual([done]);
    expect(await served('a.test')).toBe('lines.test');
    expect(await haproxy.say('show map maps/host.map')).toMatch(/ a\.test a$/);
  });

  it('is not hindered by what a crash has left', async () => {
    const [one, other] = await Promise.all([certificateFor(['one.test']), certificateFor(['other.test'])]);
    const leave = async (file: string): Promise<string> => haproxy.say(`set ssl cert ${file} <<\n${other.pem.reveal()}\n`);
    expect(await haproxy.say('new ssl cert certs/new.pem')).toContain('New empty');
    expect(await send(put('certs/new.pem', one))).toEqual([done]);
    expect(await leave('certs/a.pem')).toContain('Transaction created');
    expect(await send(put('certs/a.pem', one))).toEqual([done]);
    expect(await leave('certs/a.pem')).toContain('Transaction created');
    expect(await send(put('certs/new.pem', other))).toEqual([done]);
    expect(await leave('certs/a.pem')).toContain('Transaction created');
    expect(await send(put('certs/brand-new.pem', other))).toEqual([done]);
    expect(await haproxy.say('abort ssl cert certs/a.pem')).toContain('No ongoing transaction');
    expect(await fingerprints('certs/a.pem', 'certs/new.pem', 'certs/brand-new.pem')).toEqual({
      'certs/a.pem': fingerprint(one),
      'certs/new.pem': fingerprint(other),
      'certs/brand-new.pem': fingerprint(other),
    });
  });

  it('replaces authorities where HAProxy can, or refuses', async () => {
    const next = await certificateFor(['next-authority.test'], { isAuthority: true });
    const replace = (file: string, text: string): LiveStep => ({ do: 'replace authorities', file, pem: new SecretText(text) });
    const canReplace = !/^Version: (?:2|3\.[01])\./m.test(await haproxy.say('show info'));
    for (let times = 0; times < 3; times += 1) {
      const [outcome] = await send(replace('certs/clients.pem', next.certificate));
      expect(outcome?.status).toBe(canReplace ? 'done' : 'refused');
      expect(await send(put('certs/a.pem', next))).toEqual([done]);
      expect(await served('a.test')).toBe('next-authority.test');
    }
    const now = canReplace ? next : haproxy.authority;
    expect(await fingerprints('certs/clients.pem')).toEqual({ 'certs/clients.pem': fingerprint(now) });
    if (canReplace) expect(await why(replace('certs/servers.pem', next.certificate))).toContain('for nothing that it has');
    expect(await why(replace('certs/none.pem', next.certificate))).not.toMatch(/^not refused/);
    expect(await why(replace('certs/clients.pem', 'hunter2'))).toMatch(/^Expected PEM/);
    expect(await why(replace('certs/clients.pem', next.certificate.replace(/[a-z]/g, 'A')))).not.toMatch(/^not refused/);
    await haproxy.say(`set ssl ca-file certs/servers.pem <<\n${next.certificate.trim()}\n`);
    expect((await send(replace('certs/clients.pem', haproxy.authority.certificate)))[0]?.status).toBe(canReplace ? 'done' : 'refused');
    expect(await fingerprints('certs/clients.pem')).toEqual({ 'certs/clients.pem': fingerprint(haproxy.authority) });
  });

  it('does a long run of changes without harm', async () => {
    const files = Array.from({ length: 8 }, (_, at) => `certs/c${at}.pem`);
    const made = await Promise.all(files.map((_, at) => certificateFor([`c${at}.test`])));
    let seed = 7;
    const below = (n: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % n;
    const step = (): LiveStep => {
      const file = files[below(8)] ?? '';
      const name = below(5) === 0 ? '' : `n${below(6)}.test`;
      switch (below(4)) {
        case 0:
          return { do: 'put certificate', file, pem: made[below(8)]?.pem ?? new SecretText('') };
        case 1:
          return { do: 'remove certificate', file };
        case 2:
          return add(file, name);
        default:
          return remove(file, name);
      }
    };
    for (let round = 0; round < 8; round += 1) {
      const outcomes = await send(...Array.from({ length: 100 }, step));
      for (const outcome of outcomes)
        if (outcome.status === 'refused') expect(outcome.why).toMatch(/Can't edit the crt-list: certificate '[^']*' does not exist!/);
      expect(outcomes.map(({ status }) => status)).not.toContain('unknown');
    }
    const lines = await names();
    expect(new Set(lines).size).toBe(lines.length);
    const cleared = await send(
      ...lines
        .filter((line) => line.includes('/c'))
        .map((line): LiveStep => {
          const [certificate = '', name = ''] = line.split(' ');
          return remove(certificate, name);
        }),
      ...files.map((file): LiveStep => ({ do: 'remove certificate', file })),
    );
    expect(new Set(cleared.map(({ status }) => status))).toEqual(new Set(['done']));
  });
});

import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { family } from '../annotation/family.js';
import { integer } from '../annotation/values.js';
import type { AnyFamily, Plugin } from '../controller/plugin.js';
import { type Composition, compose, service, settings, site, testPlugin } from '../fixtures/composition.js';
import { Duration, haproxy, renderDirective, sample } from '../haproxy/emitter/index.js';
import { renderConfiguration } from '../haproxy/render.js';
import { refOf } from '../resource/resource.js';
import { SecretText } from '../secret-text.js';

/** Counts requests of an address, and denies those above the limit. */
const limit = (name: string, period: number): AnyFamily =>
  family({
    name,
    scopes: ['global', 'ingress'],
    on: 'route',
    keys: { [name]: integer({ guard: true, doc: 'A limit.' }) },
    apply(values, { route }) {
      const most = values[name];
      if (most === undefined) return;
      const requests = route.track({ by: 'src', counter: 'http_req_rate', period: new Duration(period) });
      route.add(haproxy`http-request deny deny_status 429 if { ${requests} gt ${most} }`);
    },
  });

/** Counts as often as it is told, by a header each. */
const many = family({
  name: 'many',
  scopes: ['ingress'],
  on: 'route',
  keys: { many: integer({ guard: true, doc: 'How many counters.' }) },
  apply({ many: count = 0 }, { route }) {
    for (let at = 0; at < count; at += 1)
      route.track({ by: sample`req.hdr(${`X-${String(at)}`})`, counter: 'http_err_rate', period: new Duration(1000), size: 10 });
  },
});

const users = family({
  name: 'users',
  scopes: ['global', 'ingress'],
  on: 'route',
  keys: { user: integer({ guard: true, doc: 'A user.' }) },
  apply({ user }, { route }) {
    if (user === undefined) return;
    const isKnown = route.users('all', new Map([[`user-${String(user)}`, new SecretText(`hash-${String(user)}`)]]));
    route.add(haproxy`http-request auth realm Here unless { ${isKnown} }`);
  },
});

const plugin: Plugin = {
  name: 'limits',
  annotations: [{ prefixes: ['limits/'], configMap: 'ops/settings', families: [limit('first', 1000), limit('second', 1000), many, users] }],
};

const composed = (): Composition => {
  const composition = compose({ plugins: [testPlugin, plugin] });
  composition.writer.set(service('web'));
  return composition;
};

const lines = ({ rows }: Composition, section: string): string[] =>
  (rows('section').get(`section ${section}`)?.directives ?? []).map(({ directive }) => renderDirective(directive));

const destination = ({ rows }: Composition, host: string): string[] =>
  (rows('map').get(`map path-prefix ${host}/`)?.value ?? '').split('.');

const at = (host: string): { readonly host: string } => ({ host });

describe('a counter', () => {
  it('stands in a table that says what it holds, in a section of HAProxy itself', () => {
    const composition = composed();
    composition.writer.set(site('one', {}, { 'limits/first': '3' }));
    composition.commit();
    expect(lines(composition, 'peers signalbox')).toEqual([
      'peer signalbox 127.0.0.1:10000',
      'table http_req_rate_1s_100k type string len 68 size 100k expire 1s store http_req_rate(1s)',
    ]);
    expect(lines(composition, 'global ')).toContain('localpeer signalbox');
    composition.writer.delete(refOf(site('one')));
    composition.commit();
    expect(composition.rows('section').has('section peers signalbox')).toBe(false);
  });

  it('is counted before what the family adds after it, for requests of the rule set only', () => {
    const composition = composed();
    composition.writer.set(site('one', {}, { 'limits/first': '3' }));
    composition.commit();
    const [, id = ''] = destination(composition, 'a.example');
    const [set = '', track = '', deny = ''] = lines(composition, 'backend a_svc_web_http');
    expect(set).toBe(`http-request set-var(txn.tracked0) src if { var(txn.rs) -m str ${id} }`);
    expect(track).toMatch(
      /^http-request track-sc0 var\(txn\.path_match\),field\(3,\.\),concat\(-[0-9a-f]{8}-,txn\.tracked0\) table signalbox\/http_req_rate_1s_100k if /,
    );
    expect(track).toContain(`{ var(txn.rs) -m str ${id} } { var(txn.tracked0) -m found }`);
    expect(deny).toContain('{ sc0_http_req_rate(signalbox/http_req_rate_1s_100k) gt 3 }');
  });

  it('belongs to its owner, through all its hosts, while owners of equal settings share their rules', () => {
    const composition = composed();
    composition.writer.set(settings({ first: '3' }));
    for (const name of ['one', 'two']) composition.writer.set(site(name, at(`${name}.example`)));
    composition.commit();
    const [one, two] = ['one.example', 'two.example'].map((host) => destination(composition, host));
    expect(one?.slice(0, 2)).toEqual(two?.slice(0, 2));
    expect(one?.[2]).toMatch(/^[0-9a-f]{12}$/);
    expect(one?.[2]).not.toBe(two?.[2]);
    expect(lines(composition, 'backend a_svc_web_http')).toHaveLength(3);
  });

  it('is not named where nothing counts', () => {
    const composition = composed();
    composition.writer.set(site('one', {}, { 'limits/user': '1' }));
    composition.commit();
    expect(destination(composition, 'a.example')).toHaveLength(2);
  });
});

describe('the three counters of a request', () => {
  const tracked = (composition: Composition): string[] =>
    lines(composition, 'backend a_svc_web_http').flatMap((line) => /track-(sc\d)/.exec(line)?.[1] ?? []);

  it('are taken in the order of the calls, whoever asked for the same before', () => {
    const composition = composed();
    composition.writer.set(site('one', at('one.example'), { 'limits/second': '3' }));
    composition.commit();
    expect(tracked(composition)).toEqual(['sc0']);
    composition.writer.set(site('two', at('two.example'), { 'limits/first': '9', 'limits/second': '3' }));
    composition.writer.delete(refOf(site('one')));
    composition.commit();
    expect(tracked(composition)).toEqual(['sc0', 'sc1']);
    const denied = lines(composition, 'backend a_svc_web_http').filter((line) => line.includes('deny'));
    expect(denied.map((line) => /sc\d_\w+/.exec(line)?.[0])).toEqual(['sc0_http_req_rate', 'sc1_http_req_rate']);
  });

  it('are told apart by family and by what they are for, though they stand in one table', () => {
    const composition = composed();
    composition.writer.set(site('one', {}, { 'limits/first': '9', 'limits/many': '2' }));
    composition.commit();
    const keys = lines(composition, 'backend a_svc_web_http').flatMap((line) => /concat\(-(\w+)-/.exec(line)?.[1] ?? []);
    expect(new Set(keys).size).toBe(3);
    expect(lines(composition, 'backend a_svc_web_http').join('\n')).toContain('req.hdr(X-1),sha1,hex');
  });

  it('are all there is: a fourth is an error of the family that asks for it, which closes its routes', () => {
    const composition = composed();
    composition.writer.set(site('one', {}, { 'limits/first': '9', 'limits/second': '9', 'limits/many': '2' }));
    composition.commit();
    expect(lines(composition, 'backend a_svc_web_http')).toEqual([expect.stringMatching(/^http-request deny deny_status 503 if/)]);
    expect(composition.told()).toEqual(['FAMILY_FAILED Site a/one metadata.annotations[limits/many]']);
    expect(composition.diagnostics()[0]?.message).toMatch(/^"many" of plugin "limits".*at most 3/);
  });
});

describe('a list of users', () => {
  const userlists = ({ rows }: Composition): string[] => [...rows('section').keys()].filter((key) => key.startsWith('section userlist '));

  it('belongs to the object that says it: routes that inherit it share it', () => {
    const composition = composed();
    composition.writer.set(settings({ user: '1' }));
    for (const name of ['one', 'two']) composition.writer.set(site(name, at(`${name}.example`)));
    composition.writer.set(site('three', at('three.example'), { 'limits/user': '1' }));
    composition.commit();
    expect(userlists(composition)).toHaveLength(2);
    const asked = lines(composition, 'backend a_svc_web_http').map((line) => /http_auth\(([^)]*)\)/.exec(line)?.[1]);
    expect(asked.map((name) => `section userlist ${name ?? ''}`).sort()).toEqual(userlists(composition).sort());
    composition.writer.delete(refOf(site('three')));
    composition.commit();
    expect(userlists(composition)).toHaveLength(1);
  });

  it('is seen in the file alone, which is then secret', () => {
    const composition = composed();
    composition.writer.set(site('one', {}, { 'limits/user': '7' }));
    composition.commit();
    const [userlist] = [...composition.rows('section').values()].filter((row) => row.kind === 'userlist');
    expect(`${JSON.stringify(userlist)} ${inspect(userlist, { depth: null })}`).not.toContain('hash-7');
    const main = renderConfiguration(composition.pipeline.model).find(({ path }) => path === 'haproxy.cfg');
    expect(main?.content).toContain('  user user-7 password hash-7\n');
    expect(main?.secret).toBe(true);
    composition.writer.delete(refOf(site('one')));
    composition.commit();
    expect(renderConfiguration(composition.pipeline.model).find(({ path }) => path === 'haproxy.cfg')?.secret).toBe(false);
  });
});

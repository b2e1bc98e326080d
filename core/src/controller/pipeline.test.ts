import { describe, expect, it } from 'vitest';
import { family } from '../annotation/family.js';
import { boolean } from '../annotation/values.js';
import { compose, service, settings, site, slice, testPlugin } from '../fixtures/composition.js';
import { haproxy, renderDirective } from '../haproxy/emitter/index.js';
import { secretKind } from '../resource/kinds.js';
import type { Resource } from '../resource/resource.js';
import { SecretText } from '../secret-text.js';
import type { Plugin } from './plugin.js';

const words = (
  section: { readonly directives: readonly { readonly directive: Parameters<typeof renderDirective>[0] }[] } | undefined,
): string[] => (section?.directives ?? []).map(({ directive }) => renderDirective(directive));

describe('a route', () => {
  it('leads by host and path to the backend of its Service port', () => {
    const { writer, commit, rows } = compose();
    writer.set(site('one', { path: { type: 'prefix', value: '/x/' } }));
    writer.set(service('web'));
    writer.set(slice('web-1', 'web', ['10.0.0.2', '10.0.0.1']));
    commit();
    expect(rows('map').get('map host a.example')).toMatchObject({ value: 'a.example' });
    expect(rows('map').get('map path-prefix a.example/x/')).toMatchObject({ value: 'a_svc_web_http' });
    expect([...rows('server').keys()].sort()).toEqual(['server a_svc_web_http 10.0.0.1:8080', 'server a_svc_web_http 10.0.0.2:8080']);
  });

  it('answers 503 from an empty backend while its Service is missing, and its owner is told', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(site('one'));
    commit();
    expect(rows('map').get('map path-prefix a.example/')).toMatchObject({ value: 'a_svc_web_80' });
    expect(rows('section').has('section backend a_svc_web_80')).toBe(true);
    expect(told()).toEqual(['SERVICE_NOT_FOUND Site a/one host']);
    writer.set(service('web'));
    commit();
    expect(told()).toEqual([]);
    expect(rows('map').get('map path-prefix a.example/')).toMatchObject({ value: 'a_svc_web_http' });
  });

  it('belongs to the oldest object that asks, whatever the order of arrival; the loser is told and takes over when it goes', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(service('api'));
    writer.set(site('young', { service: 'api' }, {}, '02-01'));
    commit();
    writer.set(site('old', { path: { type: 'text', value: '/' } }, {}, '01-01'));
    commit();
    expect(rows('map').get('map path-prefix a.example/')).toMatchObject({ value: 'a_svc_web_http' });
    expect(told()).toEqual(['CLAIM_LOST Site a/young host']);
    writer.delete({ group: 'test', kind: 'Site', namespace: 'a', name: 'old' });
    commit();
    expect(rows('map').get('map path-prefix a.example/')).toMatchObject({ value: 'a_svc_api_http' });
    expect(told()).toEqual([]);
  });

  it('of prefix and text prefix with one path is one claim', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(site('text', { path: { type: 'text', value: '/x' } }, {}, '01-01'));
    writer.set(site('prefix', { path: { type: 'prefix', value: '/x/' } }, {}, '01-02'));
    commit();
    expect([...rows('map').keys()].filter((key) => key.includes('path-prefix'))).toEqual(['map path-prefix a.example/x']);
    expect(told()).toEqual(['CLAIM_LOST Site a/prefix host']);
  });

  it('of an object whose translator throws is missing alone, and the plugin is named', () => {
    const { writer, commit, rows, diagnostics } = compose();
    writer.set(service('web'));
    writer.set(site('bad', { host: 'throw.example' }));
    writer.set(site('good'));
    commit();
    expect(rows('map').has('map path-prefix a.example/')).toBe(true);
    expect(diagnostics()).toMatchObject([
      { code: 'TRANSLATOR_FAILED', object: { name: 'bad' }, message: expect.stringContaining('"test"') as string },
    ]);
  });
});

describe('a path that HAProxy could split into two rows of a map', () => {
  it('is refused, and its owner is told', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(site('long', { path: { type: 'prefix', value: `/${'a'.repeat(16_383 - 'a.example/'.length)}b.example` } }));
    commit();
    expect([...rows('map').keys()].filter((key) => key.includes('path'))).toEqual([]);
    expect(told()).toEqual(['ROUTE_NOT_REPRESENTABLE Site a/long host']);
  });
});

describe('the default backend', () => {
  it('is the operator’s until an object asks for it; the operator is not told', () => {
    const { writer, commit, rows, told } = compose({ defaultBackend: { namespace: 'a', service: 'fallback' } });
    writer.set(service('fallback'));
    writer.set(service('web'));
    commit();
    expect(rows('map').get('map path-exact *')).toMatchObject({ value: 'a_svc_fallback_http' });
    writer.set(site('one', { isDefault: true }));
    commit();
    expect(rows('map').get('map path-exact *')).toMatchObject({ value: 'a_svc_web_http' });
    expect(told()).toEqual([]);
  });
});

describe('a pool', () => {
  it('is shared by all owners that agree; who differs has one named after itself', () => {
    const { writer, commit, rows } = compose();
    writer.set(service('web'));
    writer.set(site('first', { host: 'a.example' }, {}, '01-01'));
    writer.set(site('second', { host: 'b.example' }, { 'test/check': 'off' }, '01-02'));
    writer.set(site('third', { host: 'c.example' }, {}, '01-03'));
    commit();
    const value = (host: string): string | undefined => rows('map').get(`map path-prefix ${host}/`)?.value;
    expect([value('a.example'), value('b.example'), value('c.example')]).toEqual([
      'a_svc_web_http',
      'a_second_svc_web_http',
      'a_svc_web_http',
    ]);
  });

  it('keeps its name when its values change', () => {
    const { writer, commit, rows } = compose();
    writer.set(service('web'));
    writer.set(site('first', {}, { 'test/check': 'off' }, '01-01'));
    commit();
    writer.set(site('first', {}, { 'test/check': 'on' }, '01-01'));
    commit();
    expect(rows('map').get('map path-prefix a.example/')?.value).toBe('a_svc_web_http');
  });

  it('inherits what the operator says, unless its Service or Ingress says otherwise', () => {
    const { writer, commit, rows } = compose();
    writer.set(settings({ check: 'off' }));
    writer.set(service('web'));
    writer.set(service('api', { 'test/check': 'on' }));
    writer.set(site('one', { host: 'a.example' }));
    writer.set(site('two', { host: 'b.example', service: 'api' }, { 'test/check': 'off' }));
    commit();
    expect(words(rows('section').get('section defaults signalbox'))).not.toContain('default-server check');
    expect(words(rows('section').get('section backend a_svc_web_http'))).toEqual([]);
    expect(words(rows('section').get('section backend a_svc_api_http'))).toEqual(['default-server check']);
  });

  it('has servers that are going away only while none is ready', () => {
    const { writer, commit, rows } = compose();
    writer.set(service('web'));
    writer.set(site('one'));
    writer.set(slice('old', 'web', ['10.0.0.1'], { ready: false, serving: true, terminating: true }));
    commit();
    expect([...rows('server').keys()]).toEqual(['server a_svc_web_http 10.0.0.1:8080']);
    writer.set(slice('new', 'web', ['10.0.0.2']));
    commit();
    expect([...rows('server').keys()]).toEqual(['server a_svc_web_http 10.0.0.2:8080']);
  });
});

describe('a guard', () => {
  it('closes the routes of its owner when its value cannot be used, and nobody else’s', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(settings({ allow: '10.0.0.0/8' }));
    writer.set(service('web'));
    writer.set(site('bad', { host: 'a.example' }, { 'test/allow': 'everyone' }));
    writer.set(site('good', { host: 'b.example' }));
    commit();
    const backend = words(rows('section').get('section backend a_svc_web_http'));
    const id = (host: string): string => rows('map').get(`map path-prefix ${host}/`)?.value.split('.')[1] ?? '';
    expect(backend).toContain(`http-request deny deny_status 503 if { var(txn.rs) -m str ${id('a.example')} }`);
    expect(backend.find((line) => line.includes(id('b.example')))).toMatch(
      /^http-request deny deny_status 403 if .* !\{ src -f patterns\//,
    );
    expect(told()).toEqual(['VALUE_INVALID Site a/bad metadata.annotations[test/allow]']);
  });

  it('that is known and not supported closes the routes too', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(site('one', {}, { 'test/auth': 'basic' }));
    commit();
    expect(words(rows('section').get('section backend a_svc_web_http'))[0]).toMatch(/deny_status 503/);
    expect(told()).toEqual(['KEY_WITHOUT_EFFECT Site a/one metadata.annotations[test/auth]']);
  });

  it('keeps its list in a file: another list changes no section', () => {
    const { writer, commit, rows } = compose();
    writer.set(service('web'));
    writer.set(site('one', {}, { 'test/allow': '10.0.0.0/8' }));
    commit();
    const before = rows('section').get('section backend a_svc_web_http');
    writer.set(site('one', {}, { 'test/allow': '10.0.0.0/8, 192.0.2.1' }));
    commit();
    expect(rows('section').get('section backend a_svc_web_http')).toBe(before);
    expect([...rows('list').values()][0]?.entries).toEqual(['10.0.0.0/8', '192.0.2.1']);
  });
});

describe('a family', () => {
  it('that throws has no effect at all, and each owner is told', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(site('one', { host: 'a.example' }, { 'test/fragile': 'on' }));
    writer.set(site('two', { host: 'b.example' }, { 'test/fragile': 'on' }));
    commit();
    expect(words(rows('section').get('section backend a_svc_web_http'))).toEqual([]);
    expect(told()).toEqual([
      'FAMILY_FAILED Site a/one metadata.annotations[test/fragile]',
      'FAMILY_FAILED Site a/two metadata.annotations[test/fragile]',
    ]);
  });
});

describe('keys', () => {
  it('that are unknown are told with the nearest known one; those of other scopes with the scopes', () => {
    const { writer, commit, diagnostics } = compose();
    writer.set(service('web'));
    writer.set(site('one', {}, { 'test/chek': 'on', 'test/maxconn': '5', 'other/check': 'on' }));
    commit();
    expect(diagnostics().map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'KEY_UNKNOWN: There is no key "chek". Did you mean "check"?',
      'KEY_OUT_OF_SCOPE: "maxconn" has no effect here; it can be set on: the ConfigMap.',
    ]);
  });

  it('set twice by two names count once, by the name of their own', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(site('one', {}, { 'test/whitelist': '10.0.0.0/8', 'test/allow': '192.0.2.0/24' }));
    commit();
    expect([...rows('list').values()][0]?.entries).toEqual(['192.0.2.0/24']);
    expect(told()).toEqual(['KEY_TWICE Site a/one metadata.annotations[test/whitelist]']);
  });
});

describe('a certificate', () => {
  it('that is missing leaves the default one, and appears when its Secret does', () => {
    const { writer, commit, rows, told } = compose();
    writer.set(service('web'));
    writer.set(site('one', { tls: 'pair' }));
    commit();
    expect([...rows('crt').keys()]).toEqual(['crt ']);
    expect(told()).toEqual(['REFERENCE_NOT_FOUND Site a/one tls']);
  });

  it('of another namespace is not looked up', () => {
    const { writer, commit, told, pipeline } = compose();
    writer.set(service('web'));
    writer.set(site('one', { tls: 'other/pair' }));
    commit();
    expect(told()).toEqual(['REFERENCE_FORBIDDEN Site a/one tls']);
    expect(JSON.stringify(pipeline.diagnostics())).not.toContain('not-there');
  });
});

describe('the cost of a change', () => {
  const computesOf = (sites: number): number => {
    const { writer, commit, pipeline } = compose();
    for (let at = 0; at < sites; at += 1) {
      writer.set(service(`web-${at}`));
      writer.set(site(`site-${at}`, { host: `h${at}.example`, service: `web-${at}` }));
      writer.set(slice(`slice-${at}`, `web-${at}`, ['10.0.0.1', '10.0.0.2']));
    }
    commit();
    const before = pipeline.tables.counters.snapshot();
    writer.set(slice('slice-0', 'web-0', ['10.0.0.1', '10.0.0.3']));
    commit();
    return pipeline.tables.counters.since(before).computes;
  };

  it('is the same with ten sites and with five hundred', () => {
    expect(computesOf(500)).toBe(computesOf(10));
  });
});

describe('a key that refers to a Secret', () => {
  const secret = (namespace: string, text: string): Resource =>
    ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'tokens', namespace },
      data: { token: Buffer.from(text).toString('base64') },
    }) as Resource;

  it('closes the route while the Secret is missing, opens it when it appears, and follows it', () => {
    const { writer, commit, rows, told, diagnostics, pipeline } = compose();
    writer.set(service('web'));
    writer.set(site('one', {}, { 'test/token': 'tokens' }));
    commit();
    const rule = (): string | undefined => words(rows('section').get('section backend a_svc_web_http'))[0];
    expect(rule()).toMatch(/deny_status 503/);
    expect(told()).toEqual(['REFERENCE_NOT_FOUND Site a/one metadata.annotations[test/token]']);
    expect([...pipeline.tables.watchedKeys(pipeline.collection.table(secretKind))]).toEqual(['a/tokens']);
    writer.set(secret('a', 'hunter2'));
    commit();
    expect(rule()).toContain(new SecretText('hunter2').hash);
    writer.set(secret('a', 'hunter3'));
    commit();
    expect(rule()).toContain(new SecretText('hunter3').hash);
    expect(JSON.stringify(diagnostics())).not.toContain('hunter');
  });

  it('may not leave its namespace, unless the policy allows it or the operator says it', () => {
    for (const [policy, expected] of [
      [false, ['REFERENCE_FORBIDDEN Site a/one metadata.annotations[test/token]']],
      [true, []],
    ] as const) {
      const { writer, commit, told } = compose({ namespacePolicy: () => policy });
      writer.set(service('web'));
      writer.set(secret('b', 'hunter2'));
      writer.set(site('one', {}, { 'test/token': 'b/tokens' }));
      commit();
      expect(told()).toEqual(expected);
    }
    const { writer, commit, told } = compose();
    writer.set(settings({ token: 'b/tokens' }));
    writer.set(secret('b', 'hunter2'));
    commit();
    expect(told()).toEqual([]);
  });
});

describe('a policy of namespaces', () => {
  it('is asked for each pair and kind; whoever is refused is told what the operator could set', () => {
    const asked: string[] = [];
    const { writer, commit, told, diagnostics } = compose({
      namespacePolicy: (from, to, kind) => {
        asked.push([from, to, kind.kind].join(' '));
        return to === 'shared';
      },
    });
    writer.set(service('web'));
    for (const namespace of ['b', 'shared']) {
      const data = { token: 'aHVudGVyMg==' };
      writer.set({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'tokens', namespace }, data } as Resource);
      writer.set(site(namespace, { host: `${namespace}.example` }, { 'test/token': `${namespace}/tokens` }));
    }
    commit();
    expect([...new Set(asked)].sort()).toEqual(['a b Secret', 'a shared Secret']);
    expect(told()).toEqual(['REFERENCE_FORBIDDEN Site a/b metadata.annotations[test/token]']);
    expect(diagnostics()[0]?.message).toBe(
      'Secret "b/tokens" is in another namespace, which the operator does not allow. Use one of namespace "a", or ask the operator to allow it (--allow-cross-namespace "a:b"). Its routes answer 503 until it is mended.',
    );
  });
});

describe('two plugins', () => {
  const other = family({
    name: 'other',
    scopes: ['global', 'ingress'],
    on: 'route',
    keys: { auth: boolean({ doc: 'Has an effect here.' }) },
    apply({ auth }, { route }) {
      if (auth !== undefined) route.add(haproxy`http-request deny deny_status 401`);
    },
  });
  const otherPlugin: Plugin = { name: 'other', annotations: [{ prefixes: ['test/'], families: [other], configMap: 'ops/settings' }] };

  it('may share a prefix and a ConfigMap; one may give an effect to a key that has none in the other', () => {
    const { writer, commit, rows, told } = compose({ plugins: [testPlugin, otherPlugin] });
    writer.set(settings({ check: 'off', auth: 'on' }));
    writer.set(service('web'));
    writer.set(site('one', {}, { 'test/auth': 'on', 'test/check': 'on' }));
    commit();
    expect(told()).toEqual([]);
    expect(words(rows('section').get('section backend a_svc_web_http')).join()).toMatch(/default-server check.*deny_status 401/);
  });

  it('cannot define one key', () => {
    const twin: Plugin = { name: 'twin', annotations: [{ prefixes: ['test/'], families: [other] }] };
    expect(() => compose({ plugins: [otherPlugin, twin] })).toThrow(/Two families define the key "auth"/);
  });
});

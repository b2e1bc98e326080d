import { describe, expect, it } from 'vitest';
import { family } from '../annotation/family.js';
import { configMapRef } from '../annotation/references.js';
import { boolean, lines, networks, text } from '../annotation/values.js';
import type { AnyFamily, Plugin } from '../controller/plugin.js';
import { compose, type Composition, service, settings, site, testPlugin } from '../fixtures/composition.js';
import { haproxy, raw, renderDirective } from '../haproxy/emitter/index.js';
import type { SectionRow } from '../haproxy/rows.js';
import type { Resource } from '../resource/resource.js';
import { SecretText } from '../secret-text.js';
import { evaluate } from './evaluate.js';

const scopes = ['global', 'ingress', 'service'] as const;

const plugin = (...families: readonly AnyFamily[]): Plugin => ({
  name: 'pools',
  annotations: [{ prefixes: ['pools/'], families, configMap: 'ops/settings' }],
});

/** A file whose content is the value, and a second key that other objects may set. */
const trust = family({
  name: 'trust',
  scopes,
  on: 'pool',
  keys: { ca: text({ guard: true, doc: 'Authorities.' }), strict: boolean({ doc: 'Checks more.' }) },
  apply({ ca, strict }, { pool }) {
    if (ca === undefined) return;
    pool.add(haproxy`default-server ssl verify required ca-file ${pool.certificate('ca', new SecretText(ca))}`);
    if (strict === true) pool.add(haproxy`default-server ssl-min-ver TLSv1.3`);
  },
});

const snippet = family({
  name: 'snippet',
  scopes,
  on: 'pool',
  inherited: false,
  keys: { snippet: lines({ gathered: true, doc: 'Lines.' }, { type: 'lines', accepts: 'lines' }, (line) => raw(line, 'snippet')[0]) },
  apply({ snippet: parts }, { pool }) {
    for (const line of parts.flat()) pool.add(line);
  },
});

const stamp = family({
  name: 'stamp',
  scopes,
  on: 'pool',
  keys: { stamp: text({ doc: 'A mark.' }) },
  apply({ stamp: mark }, { pool }) {
    if (mark !== undefined) pool.add(haproxy`http-request set-header X-Stamp ${mark}`);
  },
});

const guard = family({
  name: 'guard',
  scopes,
  on: 'pool',
  inherited: false,
  keys: { only: networks({ guard: true, doc: 'Who may pass.' }) },
  apply({ only }, { pool }) {
    if (only !== undefined) pool.add(haproxy`http-request deny unless { src ${only} }`);
  },
});

function composed(...families: readonly AnyFamily[]): Composition {
  const composition = compose({ plugins: [testPlugin, plugin(...families)] });
  composition.writer.set(service('web'));
  return composition;
}

const linesOf = ({ rows }: Composition, section: string): string[] =>
  (rows('section').get(`section ${section}`)?.directives ?? []).map(({ directive }) => renderDirective(directive));

const files = ({ rows }: Composition): [string, string][] => [...rows('certificate').values()].map(({ file, pem }) => [file, pem.reveal()]);

const own = (composition: Composition): [string, string][] => files(composition).filter(([file]) => file !== 'certs/default.pem');

describe('a file of a pool', () => {
  it('is named after the object that asks for it, whatever its content', () => {
    const composition = composed(trust);
    const { writer, commit } = composition;
    writer.set(site('one', {}, { 'pools/ca': 'first' }));
    commit();
    const [[file = ''] = []] = own(composition);
    expect(linesOf(composition, 'backend a_svc_web_http')).toEqual([`default-server ssl verify required ca-file ${file}`]);
    const before = composition.rows('section').get('section backend a_svc_web_http');
    writer.set(site('one', {}, { 'pools/ca': 'second' }));
    commit();
    expect(own(composition)).toEqual([[file, 'second']]);
    expect(composition.rows('section').get('section backend a_svc_web_http')).toBe(before);
  });

  it('is shared by the pools for which one object says it', () => {
    const composition = composed(trust);
    composition.writer.set(service('web', { 'pools/ca': 'shared' }));
    composition.writer.set(site('one', { host: 'a.example' }, { 'test/check': 'off' }));
    composition.writer.set(site('two', { host: 'b.example' }));
    composition.commit();
    expect(composition.rows('section').has('section backend a_two_svc_web_http')).toBe(true);
    expect(own(composition)).toHaveLength(1);
  });

  it('is two files where two objects say different things of one Service, though a third says the rest', () => {
    const composition = composed(trust);
    composition.writer.set(service('web', { 'pools/strict': 'on' }));
    composition.writer.set(site('one', { host: 'a.example' }, { 'pools/ca': 'of one' }));
    composition.writer.set(site('two', { host: 'b.example' }, { 'pools/ca': 'of two' }));
    composition.commit();
    expect(
      own(composition)
        .map(([, pem]) => pem)
        .sort(),
    ).toEqual(['of one', 'of two']);
    for (const [file, pem] of own(composition)) {
      expect(linesOf(composition, `backend ${pem === 'of one' ? 'a_svc_web_http' : 'a_two_svc_web_http'}`)[0]).toContain(file);
    }
  });

  it('that the operator asks for is named in the defaults, and all pools keep their plain names', () => {
    const composition = composed(trust);
    composition.writer.set(settings({ ca: 'of all' }));
    composition.writer.set(site('one', { host: 'a.example' }));
    composition.writer.set(site('two', { host: 'b.example' }));
    composition.commit();
    const [[file = '', pem] = []] = own(composition);
    expect(pem).toBe('of all');
    expect(linesOf(composition, 'defaults signalbox')).toContain(`default-server ssl verify required ca-file ${file}`);
    expect(linesOf(composition, 'backend a_svc_web_http')).toEqual([]);
    expect(linesOf(composition, 'defaults signalbox-frontends').join()).not.toContain(file);
  });

  it('goes with the last pool that names it', () => {
    const composition = composed(trust);
    composition.writer.set(site('one', {}, { 'pools/ca': 'first' }));
    composition.commit();
    composition.writer.set(site('one'));
    composition.commit();
    expect(own(composition)).toEqual([]);
  });
});

describe('a family that defaults cannot hold', () => {
  const backends = ({ rows }: Composition): SectionRow[] =>
    [...rows('section').values()].filter(({ kind, name = '' }) => kind === 'backend' && name.includes('_svc_'));

  it('is written into each backend, and no pool is another for that', () => {
    const composition = composed(snippet);
    composition.writer.set(settings({ snippet: 'option logasap' }));
    composition.writer.set(site('one', { host: 'a.example' }));
    composition.writer.set(site('two', { host: 'b.example' }));
    composition.writer.set(service('api'));
    composition.writer.set(site('three', { host: 'c.example', service: 'api' }));
    composition.commit();
    expect(backends(composition).map(({ name, from }) => [name, from])).toEqual([
      ['a_svc_web_http', 'signalbox'],
      ['a_svc_api_http', 'signalbox'],
    ]);
    for (const { name = '' } of backends(composition)) expect(linesOf(composition, `backend ${name}`)).toEqual(['option logasap']);
    expect(linesOf(composition, 'defaults signalbox')).not.toContain('option logasap');
  });

  it('of a pool that says more has all parts, the widest first, each with its origin, and inherits the same defaults', () => {
    const composition = composed(snippet);
    composition.writer.set(settings({ snippet: 'timeout server 1s' }));
    composition.writer.set(service('web', { 'pools/snippet': 'timeout server 3s' }));
    composition.writer.set(site('one', {}, { 'pools/snippet': 'timeout server 2s\nretries 2' }));
    composition.commit();
    const [backend] = backends(composition);
    expect(backend?.from).toBe('signalbox');
    expect(backend?.directives.map(({ directive, origin }) => [renderDirective(directive), origin?.object.kind, origin?.field])).toEqual([
      ['timeout server 1s', 'ConfigMap', 'data[snippet]'],
      ['timeout server 2s', 'Site', 'metadata.annotations[pools/snippet]'],
      ['retries 2', 'Site', 'metadata.annotations[pools/snippet]'],
      ['timeout server 3s', 'Service', 'metadata.annotations[pools/snippet]'],
    ]);
  });

  it('inherits what else the operator says of pools, for the evaluator too', () => {
    const composition = composed(stamp, snippet);
    const { writer, commit, pipeline } = composition;
    for (const object of [settings({ stamp: 'all' }), site('one', {}, { 'pools/snippet': 'http-request set-header X-Part one' })])
      writer.set(object);
    commit();
    const { destination } = evaluate(pipeline.routing, { scheme: 'http', host: 'a.example', target: '/' });
    expect(destination?.rules.map(({ directive }) => renderDirective(directive))).toContain('http-request set-header X-Stamp all');
  });

  it('closes every backend where the operator’s guard cannot be used, but those that have one of their own', () => {
    const composition = composed(guard);
    composition.writer.set(settings({ only: 'nonsense' }));
    composition.writer.set(site('one', { host: 'a.example' }));
    composition.writer.set(site('two', { host: 'b.example' }, { 'pools/only': '10.0.0.1' }));
    composition.commit();
    expect(linesOf(composition, 'backend a_svc_web_http')).toEqual(['http-request deny deny_status 503 if TRUE']);
    expect(linesOf(composition, 'backend a_two_svc_web_http')).toEqual(['http-request deny unless { src 10.0.0.1 }']);
  });
});

describe('in a backend', () => {
  it('raw lines stand behind the rules of routes, and what closes it before all', () => {
    const composition = composed(snippet, trust);
    const { writer, commit } = composition;
    writer.set(service('web', { 'pools/snippet': 'http-request allow' }));
    writer.set(site('one', {}, { 'test/allow': '10.0.0.1' }));
    commit();
    expect(linesOf(composition, 'backend a_svc_web_http').map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'http-request deny',
      'http-request allow',
    ]);
    writer.set(service('web', { 'pools/snippet': 'http-request allow', 'pools/ca': '\0' }));
    commit();
    expect(linesOf(composition, 'backend a_svc_web_http')[0]).toBe('http-request deny deny_status 503 if TRUE');
  });
});

it('a reference of the operator’s is followed where defaults hold it', () => {
  const follow = family({
    name: 'follow',
    scopes,
    on: 'pool',
    keys: { follow: configMapRef({ doc: 'A ConfigMap with authorities.' }) },
    apply({ follow: found }, { pool }) {
      if (found !== undefined)
        pool.add(haproxy`default-server ca-file ${pool.certificate('ca', new SecretText(found.object.data?.['ca'] ?? ''))}`);
    },
  });
  const composition = composed(follow);
  const other = (ca: string): Resource =>
    ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ca', namespace: 'ops' }, data: { ca } }) as Resource;
  composition.writer.set(settings({ follow: 'ca' }));
  composition.writer.set(other('before'));
  composition.commit();
  const [[file = ''] = []] = own(composition);
  composition.writer.set(other('after'));
  composition.commit();
  expect(own(composition)).toEqual([[file, 'after']]);
});

import { describe, expect, it } from 'vitest';
import { family } from '../annotation/family.js';
import { secretRef } from '../annotation/references.js';
import { compose, service, settings, site, slice, testPlugin } from '../fixtures/composition.js';
import { formatRef, type Resource } from '../resource/resource.js';
import { evaluate } from './evaluate.js';
import type { Candidate } from './decision.js';

function decide(objects: readonly Resource[], url: string, options: Parameters<typeof compose>[0] = {}) {
  const { writer, commit, pipeline } = compose(options);
  for (const object of objects) writer.set(object);
  commit();
  const [, scheme, host = '', target = '/'] = /^(https?):\/\/([^/]*)(.*)$/.exec(url) ?? [];
  return evaluate(pipeline.routing, { scheme: scheme === 'https' ? 'https' : 'http', host, target });
}

const web = [service('web'), slice('web-1', 'web', ['10.0.0.2', '10.0.0.1'])];
const path = (value: string, type: 'exact' | 'prefix' | 'text' = 'prefix') => ({ path: { type, value } }) as const;
const told = ({ route, because }: Candidate) => `${route.owner.origin.object.name}: ${because}`;

describe('a request that a route takes', () => {
  it('goes to the backend of its Service, whose servers are named', () => {
    const { answer, pattern, route, destination, listener } = decide([...web, site('one')], 'https://A.example.:8443/x?y');
    expect(answer).toEqual({ kind: 'forward', pool: 'a_svc_web_http', servers: ['10.0.0.1:8080', '10.0.0.2:8080'] });
    expect({ pattern, owner: formatRef(route!.origin.object), field: route!.origin.field }).toEqual({
      pattern: 'a.example',
      owner: 'Site a/one',
      field: 'host',
    });
    expect(destination).toMatchObject({ service: 'a/web', port: 'http', ruleSet: '' });
    expect(listener).toEqual({ name: 'https', port: 8443 });
  });

  it.each([
    ['a longer prefix', 'short', path('/x'), 'shorter prefix'],
    ['an exact path', 'short', path('/x/y/z'), 'an exact path comes first', path('/x/y/z', 'exact')],
    ['a nearer host', 'wide', { host: '*.example' }, '"a.example" is the nearer host, so "*.example" is not tried'],
    ['a nearer host', 'any', { host: '' }, '"a.example" is the nearer host, so "any host" is not tried'],
  ] as const)('is told of the route that lost against %s', (_what, name, fields, because, chosen: object = path('/x/y')) => {
    const decision = decide([...web, site('chosen', chosen), site(name, fields)], 'http://a.example/x/y/z');
    expect(decision.route?.owner.origin.object.name).toBe('chosen');
    expect(decision.candidates.map(told)).toEqual([`${name}: ${because}`]);
  });

  it('is told who claimed the same earlier', () => {
    const { candidates, route } = decide([...web, site('old', {}, {}, '01-01'), site('young', {}, {}, '01-02')], 'http://a.example/');
    expect(route?.owner.origin.object.name).toBe('old');
    expect(candidates.map(told)).toEqual(['young: claimed earlier by Site a/old']);
  });

  it('is told of less specific hosts where they would have been tried', () => {
    const objects = [...web, site('chosen'), site('wide', { host: '*.example' })];
    const { candidates } = decide(objects, 'http://a.example/', { listen: { fallThrough: true } });
    expect(candidates.map(told)).toEqual(['wide: less specific host: a path of "a.example" takes the request']);
  });
});

describe('a request that no route takes', () => {
  it('is answered 404, and the paths of its host are named', () => {
    const { answer, candidates, pattern } = decide([...web, site('one', path('/x'))], 'http://a.example/y');
    expect(answer).toEqual({ kind: 'answer', status: 404, because: 'no path of "a.example" takes "/y", and there is no default backend' });
    expect(candidates.map(told)).toEqual(['one: does not take this path']);
    expect(pattern).toBe('a.example');
  });

  it('is answered 404 where no rule is for its host', () => {
    expect(decide([...web, site('one')], 'http://b.example/').answer).toMatchObject({
      status: 404,
      because: expect.stringContaining('"b.example"'),
    });
  });

  it('goes to the default backend where there is one', () => {
    const { answer, route } = decide([...web, site('one', { isDefault: true })], 'http://b.example/');
    expect({ kind: answer.kind, path: route?.path }).toEqual({ kind: 'forward', path: 'default' });
  });
});

describe('a route that cannot serve', () => {
  it.each([
    ['there is no Service "a/web"', []],
    ['Service "a/web" has no endpoint that is ready', [service('web')]],
    ['Service "a/web" has no port "81"', web],
  ])('answers 503: %s', (because, objects) => {
    const { answer } = decide([...objects, site('one', because.includes('81') ? { port: 81 } : {})], 'http://a.example/');
    expect(answer).toEqual({ kind: 'answer', status: 503, because });
  });

  it.each([
    [{ 'test/allow': 'everybody' }, 'Site a/one metadata.annotations[test/allow]'],
    [{ 'test/auth': 'x' }, 'Site a/one metadata.annotations[test/auth]'],
    [{ 'test/token': 'missing' }, 'Site a/one metadata.annotations[test/token]'],
  ])('answers 503 where a guard is broken, and the field is named: %j', (annotations, field) => {
    const { answer } = decide([...web, site('one', {}, annotations)], 'http://a.example/');
    expect(answer).toEqual({ kind: 'answer', status: 503, because: `the route is closed by ${field}` });
  });

  it('is nowhere where nothing listens', () => {
    const { answer } = decide([...web, site('one')], 'https://a.example/', { listen: { httpsPort: 0 } });
    expect(answer).toEqual({ kind: 'none', because: 'nothing listens for https' });
  });
});

describe('an ambiguous path', () => {
  const objects = [
    ...web,
    site('open'),
    site('guarded', { host: 'b.example', ...path('/x') }, { 'test/allow': '10.0.0.0/8' }),
    site('wide', { host: '*.example' }),
  ];

  it.each([
    ['guarded', 'http://b.example//y', 400],
    ['guarded', 'http://b.example/x', undefined],
    ['guarded', 'http://a.example/x//y', undefined],
    ['guarded', 'http://c.example/..', undefined],
    ['always', 'http://a.example/%2e', 400],
    ['never', 'http://b.example/x/y;z', undefined],
  ] as const)('is answered by the path policy "%s": %s', (pathPolicy, url, status) => {
    const { answer } = decide(objects, url, { listen: { pathPolicy } });
    expect(answer.kind === 'answer' ? answer.status : undefined).toBe(status);
  });

  it('is told whose guard it is', () => {
    expect(decide(objects, 'http://b.example//y').answer).toMatchObject({
      because: 'servers may read this path as another one, and Site a/guarded says who may pass "b.example" (path policy "guarded")',
    });
  });
});

describe('a listener that is closed', () => {
  const clients = family({
    name: 'clients',
    scopes: ['global'],
    on: 'https',
    keys: { clients: secretRef({ guard: true, doc: 'Who may come.' }) },
    apply() {},
  });
  const plugins = [testPlugin, { name: 'own', annotations: [{ prefixes: ['own/'], families: [clients], configMap: 'ops/settings' }] }];

  it.each([
    ['https', { kind: 'answer', status: 503, because: expect.stringContaining('ConfigMap ops/settings') as string }],
    ['http', { kind: 'forward' }],
  ])('answers before any route: %s', (scheme, expected) => {
    const { answer } = decide([...web, site('one'), settings({ clients: 'gone' })], `${scheme}://a.example/`, { plugins });
    expect(answer).toMatchObject(expected);
  });
});

describe('settings', () => {
  const origins = (objects: readonly Resource[], key: string) =>
    decide(objects, 'http://a.example/').settings.filter((each) => each.key === key);

  it('have the value of the nearest scope, and name the others', () => {
    const objects = [service('web', { 'test/check': 'yes' }), site('one', {}, { 'test/check': 'FALSE' }), settings({ check: 'false' })];
    expect(origins(objects, 'check')).toMatchObject([
      {
        on: 'pool',
        value: 'yes',
        origin: { scope: 'service', object: { name: 'web' }, field: 'metadata.annotations[test/check]' },
        lost: [
          { value: 'FALSE', origin: { scope: 'ingress', object: { name: 'one' } }, because: 'what the service says comes first' },
          { value: 'false', origin: { scope: 'global', object: { name: 'settings' }, field: 'data[check]' } },
        ],
      },
    ]);
  });

  it('say that they are a default, or why a value fell', () => {
    expect(origins([site('one')], 'check')).toMatchObject([{ value: 'true', origin: { scope: 'default' }, lost: [] }]);
    expect(origins([site('one', {}, { 'test/check': 'maybe' })], 'check')).toMatchObject([
      { value: 'true', origin: { scope: 'default' }, lost: [{ value: 'maybe', because: 'it cannot be used' }] },
    ]);
  });

  it('never show a Secret, but its name', () => {
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'pass', namespace: 'a' },
      data: { token: 'Y2FuYXJ5' },
    } as Resource;
    const decision = decide([...web, secret, site('one', {}, { 'test/token': 'pass' })], 'http://a.example/');
    expect(decision.settings.find(({ key }) => key === 'token')?.value).toBe('pass');
    expect(JSON.stringify(decision)).not.toMatch(/canary|Y2FuYXJ5/);
  });
});

describe('rules', () => {
  it('that depend on who asks are named with what they depend on', () => {
    const objects = [...web, site('one', {}, { 'test/allow': '10.0.0.0/8' })];
    const { rules, answer } = decide(objects, 'http://a.example/');
    expect(rules).toMatchObject([
      { applies: 'depends', on: "the client's address", answer: { status: 403 }, origin: { field: 'metadata.annotations[test/allow]' } },
    ]);
    expect(answer.kind).toBe('forward');
  });
});

import { describe, expect, it } from 'vitest';
import { family } from '../annotation/family.js';
import type { Key } from '../annotation/key.js';
import { configMapRef } from '../annotation/references.js';
import type { SchemaResult } from '../annotation/standard-schema.js';
import { custom, networks } from '../annotation/values.js';
import { compose, service, site, slice, testPlugin } from '../fixtures/composition.js';
import { haproxy } from '../haproxy/emitter/index.js';
import { configMapKind } from '../resource/kinds.js';
import type { Resource, ResourceKind } from '../resource/resource.js';
import type { RouteDraft, TranslateContext, Translator } from '../routing/translator.js';
import type { AnyFamily, Plugin } from './plugin.js';

/** What code that is not ours may do instead of what it should. */
const thrown: readonly (readonly [name: string, value: unknown])[] = [
  ['an error', new Error('it broke')],
  ['a text', 'it broke'],
  ['nothing', undefined],
  ['an object without a prototype', Object.create(null)],
  [
    'an error whose message throws',
    Object.defineProperty(new Error('x'), 'message', {
      get() {
        throw new Error('even this');
      },
    }),
  ],
  ['an error with control characters', new Error('a\nb\u001b[2J\u202e')],
];

const promises: readonly (readonly [name: string, make: () => unknown])[] = [
  ['a promise', () => Promise.resolve()],
  ['a promise that rejects', () => Promise.reject(new Error('later'))],
  ['something with then', () => ({ then: (_: unknown, reject: (cause: unknown) => void) => reject(new Error('later')) })],
];

/** What any call of such code may end in. */
const badAnswers: readonly (readonly [name: string, answer: () => undefined])[] = [
  ...thrown.map(
    ([name, value]) =>
      [
        `throws ${name}`,
        () => {
          throw value;
        },
      ] as const,
  ),
  ...promises.map(([name, make]) => [`returns ${name}`, () => make() as undefined] as const),
];

const pluginOf = (families: readonly AnyFamily[], translators: readonly Translator[] = []): Plugin => ({
  name: 'bad plugin',
  translators,
  annotations: [{ prefixes: ['bad/'], families, configMap: 'ops/bad' }],
});

const good = [
  service('web'),
  service('other'),
  slice('web-1', 'web', ['10.0.0.1']),
  site('good', { host: 'good.example' }, { 'test/allow': '10.0.0.0/8' }),
];

/** What the pipeline gives for the good objects and others. */
function outcome(plugin: Plugin, others: readonly Resource[]) {
  const composition = compose({ plugins: [testPlugin, plugin] });
  for (const object of [...good, ...others]) composition.writer.set(object);
  composition.commit();
  const rows = composition.pipeline.model.tables.flatMap((table) =>
    [...table.rows].map(([key, row]) => [key, JSON.stringify(row)] as const),
  );
  return { ...composition, all: new Map(rows) };
}

const untouched = outcome(pluginOf([]), []).all;

/** Everything that is there without the bad object is there with it, to the letter. */
function expectUntouched(all: ReadonlyMap<string, string>): void {
  for (const [key, row] of untouched) expect([key, all.get(key)]).toEqual([key, row]);
}

const printable = /^[^\u0000-\u001f\u007f-\u009f\u202a-\u202e]*$/;

describe('a family', () => {
  const bad = (guard: boolean, misbehave: AnyFamily['apply'], on: 'route' | 'pool' = 'route'): Plugin =>
    pluginOf([
      family({
        name: 'bad',
        scopes: ['ingress'],
        on,
        keys: { key: networks({ guard, doc: 'A key.' }) },
        apply(values, target) {
          if (values.key !== undefined) return misbehave(values, target);
        },
      }) as AnyFamily,
    ]);

  const misbehaviours: readonly (readonly [string, AnyFamily['apply']])[] = [
    ...badAnswers,
    [
      'changes the values that it is given',
      ({ key }) => {
        (key as string[]).push('0.0.0.0/0');
      },
    ],
    [
      'sets one of the values',
      (values) => {
        (values as { key: unknown }).key = [];
      },
    ],
    ...[undefined, null, 'http-request deny', 5, {}, { words: ['http-request', 'deny'] }, { words: null }].map(
      (nonsense) =>
        [
          `adds ${JSON.stringify(nonsense)}`,
          (_: unknown, target: object) => {
            for (const each of Object.values(target)) (each as { add(rule: unknown): void }).add(nonsense);
          },
        ] as const,
    ),
  ];

  it.each(misbehaviours)('that %s is named, and has no effect on any other object', async (_name, misbehave) => {
    for (const on of ['route', 'pool'] as const) {
      const { all, diagnostics, rows } = outcome(bad(false, misbehave, on), [
        site('bad', { host: 'bad.example', service: 'other' }, { 'bad/key': '10.0.0.0/8' }),
      ]);
      expect(diagnostics()).toMatchObject([{ code: 'FAMILY_FAILED', object: { name: 'bad' }, field: 'metadata.annotations[bad/key]' }]);
      expect(diagnostics()[0]?.message).toMatch(/"bad" of plugin "bad plugin"/);
      expect(diagnostics()[0]?.message).toMatch(printable);
      expect(rows('map').has('map path-prefix bad.example/')).toBe(true);
      expectUntouched(all);
    }
    // A rejection that nobody takes would end the process here.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it.each(misbehaviours)('that is a guard and %s closes its routes', (_name, misbehave) => {
    const { all, rows } = outcome(bad(true, misbehave), [
      site('bad', { host: 'bad.example', service: 'other' }, { 'bad/key': '10.0.0.0/8' }),
    ]);
    const value = rows('map').get('map path-prefix bad.example/')?.value ?? '';
    const [pool = '', id = ''] = value.split('.');
    expect(id).not.toBe('');
    const rules = JSON.stringify(
      rows('section')
        .get(`section backend ${pool}`)
        ?.directives.map(({ directive }) => directive.words),
    );
    expect(rules).toMatch(new RegExp(`deny_status","503".*${id}`));
    expectUntouched(all);
  });

  it.each([[['a\nb']], [['']], [['#']], [[5]], ['10.0.0.0/8'], [undefined], [['x'.repeat(5000)]]])(
    'that names %j as a list is told so, and no file holds it',
    (entries) => {
      const plugin = bad(true, (_values, target) => {
        (target as { route: { list(name: string, entries: unknown): void } }).route.list('list', entries);
      });
      const { all, diagnostics, rows } = outcome(plugin, [
        site('bad', { host: 'bad.example', service: 'other' }, { 'bad/key': '10.0.0.0/8' }),
      ]);
      expect(diagnostics()).toMatchObject([{ code: 'FAMILY_FAILED', object: { name: 'bad' } }]);
      expect([...rows('list').keys()].filter((key) => key.includes('bad'))).toEqual([]);
      expectUntouched(all);
    },
  );

  it('that adds something later adds it to nothing', () => {
    let later: (() => void) | undefined;
    const plugin = bad(false, (_values, target) => {
      later = () => {
        (target as { route: { add(rule: unknown): void } }).route.add(haproxy`http-request deny deny_status 418`);
      };
    });
    const { all, commit, writer, rows } = outcome(plugin, [
      site('bad', { host: 'bad.example', service: 'other' }, { 'bad/key': '10.0.0.0/8' }),
    ]);
    later?.();
    writer.set(site('other', { host: 'other.example', service: 'other' }, { 'bad/key': '10.0.0.0/8' }));
    commit();
    expect(JSON.stringify([...rows('section').values()])).not.toContain('418');
    expectUntouched(all);
  });
});

describe('a schema', () => {
  const validators: readonly (readonly [string, () => unknown])[] = [
    ...badAnswers,
    ...[
      undefined,
      null,
      'text',
      5,
      {},
      [],
      { issues: [] },
      { issues: 'x' },
      { issues: [null] },
      { issues: [{ message: 5 }] },
      { issues: null },
    ].map((nonsense) => [`returns ${JSON.stringify(nonsense)}`, () => nonsense] as const),
    [
      'returns a value that throws when it is read',
      () =>
        Object.defineProperty({}, 'value', {
          enumerable: true,
          get() {
            throw new Error('no');
          },
        }),
    ],
  ];

  it.each(validators)('that %s makes the value one that cannot be used, and closes what it guards', async (_name, validate) => {
    const key = (guard: boolean): Key =>
      custom(
        { '~standard': { version: 1, vendor: 'test', validate: validate as () => SchemaResult<unknown> } },
        { guard, doc: 'A key.', accepts: 'anything' },
      );
    for (const guard of [false, true]) {
      const plugin = pluginOf([
        family({ name: 'bad', scopes: ['ingress'], on: 'route', keys: { key: key(guard) }, apply: () => undefined }) as AnyFamily,
      ]);
      const { all, diagnostics, rows } = outcome(plugin, [site('bad', { host: 'bad.example', service: 'other' }, { 'bad/key': 'x' })]);
      expect(diagnostics()).toMatchObject([{ code: 'VALUE_INVALID', object: { name: 'bad' }, field: 'metadata.annotations[bad/key]' }]);
      expect(diagnostics()[0]?.message).toMatch(printable);
      expect(rows('map').get('map path-prefix bad.example/')?.value.includes('.')).toBe(guard);
      expectUntouched(all);
    }
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('a reference', () => {
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'some', namespace: 'a' }, data: { a: 'b' } } as Resource;
  const misbehaviours: readonly (readonly [string, (resolved: { readonly object: object }) => unknown])[] = [
    ...badAnswers,
    [
      'changes the object',
      ({ object }) => {
        (object as { data: Record<string, string> }).data['a'] = 'c';
      },
    ],
  ];

  it.each(misbehaviours)('that %s makes the value one that cannot be used', async (_name, valueOf) => {
    const key: Key = { ...configMapRef({ guard: true, doc: 'A ConfigMap.' }), refersTo: { kind: configMapKind, valueOf } };
    const plugin = pluginOf([
      family({ name: 'bad', scopes: ['ingress'], on: 'route', keys: { key }, apply: () => undefined }) as AnyFamily,
    ]);
    const { all, diagnostics, rows } = outcome(plugin, [
      settings,
      site('bad', { host: 'bad.example', service: 'other' }, { 'bad/key': 'some' }),
    ]);
    expect(diagnostics()).toMatchObject([{ code: 'FAMILY_FAILED', object: { name: 'bad' }, field: 'metadata.annotations[bad/key]' }]);
    expect(diagnostics()[0]?.message).toMatch(/"bad" of plugin "bad plugin" could not read ConfigMap "a\/some"/);
    expect(rows('map').get('map path-prefix bad.example/')?.value).toMatch(/\./);
    expectUntouched(all);
    await new Promise((resolve) => setImmediate(resolve));
  });
});

describe('a translator', () => {
  const kind: ResourceKind = { group: 'bad', version: 'v1', kind: 'Bad', plural: 'bads', namespaced: true };
  const object = (name: string): Resource =>
    ({ apiVersion: 'bad/v1', kind: 'Bad', metadata: { name, namespace: 'a' }, list: [1] }) as Resource;
  const draft: RouteDraft = {
    host: 'bad.example',
    path: { type: 'prefix', value: '/' },
    backend: { namespace: 'a', service: 'other' },
    tls: false,
    field: 'spec',
  };
  const throwing = (name: string): object =>
    Object.defineProperty({ ...draft }, name, {
      enumerable: true,
      get() {
        throw new Error('no');
      },
    });
  const routes =
    (...drafts: readonly unknown[]) =>
    (_: Resource, context: TranslateContext): void => {
      for (const each of drafts) context.route(each as RouteDraft);
    };

  const misbehaviours: readonly (readonly [string, (object: Resource, context: TranslateContext) => unknown])[] = [
    ...badAnswers,
    [
      'adds a route, then throws',
      (_, context) => {
        context.route(draft);
        throw new Error('it broke');
      },
    ],
    [
      'catches what its nonsense led to',
      (_, context) => {
        try {
          context.route({ ...draft, host: 5 as never });
        } catch {
          context.route(draft);
        }
      },
    ],
    [
      'adds a million routes',
      (_, context) => {
        for (let at = 0; at < 1e6; at += 1) context.route({ ...draft, path: { type: 'exact', value: `/${String(at)}` } });
      },
    ],
    ...[undefined, null, 5, 'x', {}, []].map((nonsense) => [`adds the route ${JSON.stringify(nonsense)}`, routes(nonsense)] as const),
    ...[5, null, undefined, {}, [], 'A.example', 'a b', 'a/b', 'good.example/', 'a\nb', '*', '*.*', '**.a'].map(
      (host) => [`gives the host ${JSON.stringify(host)}`, routes({ ...draft, host })] as const,
    ),
    ...[
      undefined,
      null,
      '/',
      {},
      { value: '/' },
      { type: 'prefix' },
      { type: 'regex', value: '/' },
      { type: 'prefix', value: 'x' },
      { type: 'prefix', value: ['/'] },
      { type: '__proto__', value: '/' },
    ].map((path) => [`gives the path ${JSON.stringify(path)}`, routes({ ...draft, path })] as const),
    ...[
      undefined,
      null,
      {},
      'web',
      { namespace: 'a' },
      { service: 'web' },
      { namespace: 5, service: 'web' },
      { namespace: 'a', service: 'web', port: {} },
      { namespace: 'a', service: 'web', port: Number.NaN },
      { namespace: 'a', service: 'web', port: 70_000 },
      { namespace: 'a', service: 'web', field: 5 },
    ].map((backend) => [`gives the backend ${JSON.stringify(backend)}`, routes({ ...draft, backend })] as const),
    ...[undefined, null, 'true', 1].map((tls) => [`says ${JSON.stringify(tls)} of TLS`, routes({ ...draft, tls })] as const),
    ...[undefined, null, 5].map((field) => [`names the field ${JSON.stringify(field)}`, routes({ ...draft, field })] as const),
    ...Object.keys(draft).map((name) => [`gives a draft whose ${name} throws`, routes(throwing(name))] as const),
    ...[undefined, {}, { backend: null, field: 'x' }].map(
      (each) =>
        [
          `asks for the default backend ${JSON.stringify(each)}`,
          (_: Resource, context: TranslateContext) => {
            context.defaultBackend(each as never);
          },
        ] as const,
    ),
    ...[
      undefined,
      {},
      { names: 'a', secret: 's', field: 'f' },
      { names: [5], secret: 's', field: 'f' },
      { names: [], secret: 5, field: 'f' },
      { names: [''], secret: 's', field: 'f' },
    ].map(
      (each) =>
        [
          `asks for the certificate ${JSON.stringify(each)}`,
          (_: Resource, context: TranslateContext) => {
            context.certificate(each as never);
          },
        ] as const,
    ),
    ...[
      undefined,
      {},
      { severity: 'fatal', code: 'X', message: 'x' },
      { severity: 'error', code: 5, message: 'x' },
      { severity: 'error', code: 'X', message: {} },
    ].map(
      (each) =>
        [
          `reports ${JSON.stringify(each)}`,
          (_: Resource, context: TranslateContext) => {
            context.report(each as never);
          },
        ] as const,
    ),
    ['lists a kind that it does not name', (_, context) => context.list(configMapKind)],
    ['looks up a kind that nobody names', (_, context) => context.get({ ...kind, kind: 'Other' }, 'a', 'b')],
  ];

  it.each(misbehaviours)('that %s is named, its object has no routes, and no other object feels it', async (_name, translate) => {
    const translator: Translator = {
      kind,
      translate: (each, context) =>
        each.metadata.name === 'bad' ? (translate(each, context) as undefined) : context.route({ ...draft, host: 'fine.example' }),
    };
    const { all, diagnostics, rows } = outcome(pluginOf([], [translator]), [object('bad'), object('fine')]);
    expect(diagnostics()).toMatchObject([{ code: 'TRANSLATOR_FAILED', object: { kind: 'Bad', name: 'bad' } }]);
    expect(diagnostics()[0]?.message).toMatch(/^Plugin "bad plugin" could not/);
    expect(diagnostics()[0]?.message).toMatch(printable);
    expect(rows('map').has('map path-prefix fine.example/')).toBe(true);
    expect([...all.keys()].filter((key) => key.includes('bad'))).toEqual([]);
    expectUntouched(all);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('may hand over data that changes later, and prototypes that somebody made up', () => {
    const hostile = JSON.parse('{"__proto__":{"tls":true},"constructor":{"prototype":{"polluted":true}}}') as object;
    const shared = { ...draft, ...hostile, path: { type: 'prefix' as const, value: '/' } };
    const translator: Translator = {
      kind,
      translate: (_, context) => {
        context.route(shared);
        shared.path.value = '/changed';
      },
    };
    const { all, diagnostics, rows } = outcome(pluginOf([], [translator]), [object('bad')]);
    expect(diagnostics()).toEqual([]);
    expect(rows('map').has('map path-prefix bad.example/')).toBe(true);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expectUntouched(all);
  });
});

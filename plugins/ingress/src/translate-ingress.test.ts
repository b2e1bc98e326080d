import { describe, expect, it } from 'vitest';
import { contextOf, ingressWith, type Translated } from './testing/translated.js';
import { translateIngress } from './translate-ingress.js';

function translate(spec: unknown): Translated {
  const context = contextOf();
  translateIngress(ingressWith(spec), context);
  return context;
}

const backend = { service: { name: 'app', port: { number: 80 } } };
const app = { namespace: 'default', service: 'app', port: 80 };
const nobody = { namespace: 'default', service: '' };
const root = { type: 'prefix', value: '/' };
const paths = (...list: unknown[]) => ({ http: { paths: list } });
const slash = { path: '/', pathType: 'Prefix', backend };

describe('rules', () => {
  it('become routes that name their fields', () => {
    const { routes, said } = translate({
      rules: [
        { host: 'A.example.', ...paths(slash, { path: '/x', pathType: 'Exact', backend }) },
        paths({ path: '/any', pathType: 'ImplementationSpecific', backend: { service: { name: 'app', port: { name: 'http' } } } }),
      ],
    });
    expect(said).toEqual([]);
    expect(routes).toEqual([
      { host: 'a.example', path: root, backend: app, tls: false, field: 'spec.rules[0].http.paths[0].path' },
      { host: 'a.example', path: { type: 'exact', value: '/x' }, backend: app, tls: false, field: 'spec.rules[0].http.paths[1].path' },
      {
        host: '',
        path: { type: 'text', value: '/any' },
        backend: { ...app, port: 'http' },
        tls: false,
        field: 'spec.rules[1].http.paths[0].path',
      },
    ]);
  });

  it('that are bad never hurt the others', () => {
    const { routes, said } = translate({
      rules: [
        { host: 'a.example:80', ...paths(slash) },
        { host: 'b.example', ...paths({ ...slash, path: 'x' }, { ...slash, pathType: 'Regex' }, slash) },
        { host: 'c.example', ...paths(slash) },
      ],
    });
    expect(routes.map(({ host }) => host)).toEqual(['b.example', 'c.example']);
    expect(said.map(({ severity, code, field }) => [severity, code, field])).toEqual([
      ['error', 'HOST_INVALID', 'spec.rules[0].host'],
      ['error', 'PATH_INVALID', 'spec.rules[1].http.paths[0].path'],
      ['error', 'PATH_TYPE_INVALID', 'spec.rules[1].http.paths[1].pathType'],
    ]);
  });

  it('keep the place of a path whose backend is none', () => {
    const { routes, said } = translate({
      rules: [{ host: 'a.example', ...paths(slash, { path: '/admin', pathType: 'Prefix', backend: null }) }],
    });
    expect(routes.map((route) => route.backend)).toEqual([app, nobody]);
    expect(said).toMatchObject([{ code: 'BACKEND_INVALID', field: 'spec.rules[0].http.paths[1].backend' }]);
  });
});

describe('a rule without paths', () => {
  it('sends its host to the default backend of its own Ingress', () => {
    const { routes, defaults } = translate({
      defaultBackend: backend,
      rules: [{ host: 'a.example' }, { host: 'b.example', http: { paths: [] } }, {}],
    });
    expect(routes.map(({ host, path, backend: to, field }) => [host, path, to, field])).toEqual([
      ['a.example', root, app, 'spec.rules[0]'],
      ['b.example', root, app, 'spec.rules[1]'],
    ]);
    expect(defaults).toEqual([{ backend: app, field: 'spec.defaultBackend' }]);
  });

  it('is told where there is none', () => {
    const { routes, said } = translate({ rules: [{ host: 'a.example' }] });
    expect(routes).toEqual([]);
    expect(said).toMatchObject([{ severity: 'warning', code: 'RULE_WITHOUT_PATHS', field: 'spec.rules[0]' }]);
  });
});

describe('backends', () => {
  it.each([
    [{ resource: { kind: 'Bucket', name: 'x' } }, 'BACKEND_UNSUPPORTED'],
    [{}, 'BACKEND_INVALID'],
    ['app', 'BACKEND_INVALID'],
    [{ service: {} }, 'BACKEND_INVALID'],
    [{ service: { name: 'app' } }, 'BACKEND_INVALID'],
    [{ service: { name: 'app', port: {} } }, 'BACKEND_INVALID'],
    [{ service: { name: 'app', port: { number: 80, name: 'http' } } }, 'BACKEND_INVALID'],
    [{ service: { name: 'app', port: { number: 0 } } }, 'BACKEND_INVALID'],
    [{ service: { name: 'app', port: { number: 65_536 } } }, 'BACKEND_INVALID'],
    [{ service: { name: 'app', port: { number: '80' } } }, 'BACKEND_INVALID'],
    [{ service: { name: 'app', port: { name: 'a b' } } }, 'BACKEND_INVALID'],
    [{ service: { name: 'app\nbackend x', port: { number: 80 } } }, 'BACKEND_INVALID'],
    [{ service: { name: 'App', port: { number: 80 } } }, 'BACKEND_INVALID'],
  ])('%j is refused', (found, code) => {
    const { defaults, said } = translate({ defaultBackend: found });
    expect(defaults).toEqual([]);
    expect(said).toMatchObject([{ severity: 'error', code, field: 'spec.defaultBackend' }]);
  });
});

describe('TLS', () => {
  const rules = [
    { host: 'a.example', ...paths(slash) },
    { host: 'b.example', ...paths(slash) },
    { host: '*.wild.example', ...paths(slash) },
    paths(slash),
  ];
  const tlsOf = (tls: unknown, of: unknown = rules) => {
    const { routes, certificates, said } = translate({ rules: of, tls });
    return { tls: routes.filter((route) => route.tls).map(({ host }) => host), certificates, codes: said.map(({ code }) => code) };
  };

  it('of some hosts is for their routes, with their certificate', () => {
    expect(tlsOf([{ hosts: ['A.example', '*.wild.example'], secretName: 'cert' }])).toEqual({
      tls: ['a.example', '*.wild.example'],
      certificates: [{ names: ['a.example', '*.wild.example'], secret: 'cert', field: 'spec.tls[0].secretName' }],
      codes: [],
    });
  });

  it('of a wildcard is for the hosts that it takes, by one label', () => {
    const of = ['a.example', 'x.a.example', 'example'].map((host) => ({ host, ...paths(slash) }));
    expect(tlsOf([{ hosts: ['*.example'] }], of).tls).toEqual(['a.example']);
  });

  it('without hosts is for all of the Ingress, with a certificate for the hosts of its rules', () => {
    expect(tlsOf([{ secretName: 'cert' }])).toEqual({
      tls: ['a.example', 'b.example', '*.wild.example', ''],
      certificates: [{ names: ['a.example', 'b.example', '*.wild.example'], secret: 'cert', field: 'spec.tls[0].secretName' }],
      codes: [],
    });
  });

  it('without any host leaves the names to the certificate', () => {
    expect(tlsOf([{ hosts: [], secretName: 'cert' }], [paths(slash)]).certificates).toEqual([
      { names: [], secret: 'cert', field: 'spec.tls[0].secretName' },
    ]);
  });

  it('without a Secret has the default certificate', () => {
    expect(tlsOf([{ hosts: ['a.example'] }, { hosts: ['b.example'], secretName: '' }])).toEqual({
      tls: ['a.example', 'b.example'],
      certificates: [],
      codes: [],
    });
  });

  it('tells of bad hosts and goes on with the others', () => {
    expect(tlsOf([{ hosts: ['10.0.0.1', '', null, 'a.example'], secretName: 'cert' }])).toMatchObject({
      tls: ['a.example'],
      certificates: [{ names: ['a.example'] }],
      codes: ['HOST_INVALID', 'HOST_INVALID', 'HOST_INVALID'],
    });
  });

  it('asks for no certificate where every host is bad: it would be served for names that nobody wrote', () => {
    expect(tlsOf([{ hosts: ['10.0.0.1'], secretName: 'cert' }])).toEqual({ tls: [], certificates: [], codes: ['HOST_INVALID'] });
  });

  it('asks for no certificate of another namespace, whatever the operator allows elsewhere', () => {
    expect(tlsOf([{ hosts: ['a.example'], secretName: 'other/cert' }])).toMatchObject({ certificates: [], codes: ['TLS_SECRET_INVALID'] });
  });

  it('tells of a Secret that is no name', () => {
    expect(tlsOf([{ hosts: ['a.example'], secretName: 7 }])).toEqual({
      tls: ['a.example'],
      certificates: [],
      codes: ['TLS_SECRET_INVALID'],
    });
  });
});

it.each([
  undefined,
  null,
  'spec',
  [],
  {},
  { rules: null, tls: null, defaultBackend: null },
  { rules: {}, tls: 'x' },
  { rules: [null, 'x', 7, { http: null }, { http: { paths: null } }, { http: { paths: {} } }], tls: [null, 'x', { hosts: {} }] },
  { rules: [{ host: 'a.example', http: { paths: [null, 'x', { backend: { service: null } }] } }] },
])('takes the odd shape %j without a throw', (spec) => {
  expect(() => translate(spec)).not.toThrow();
});

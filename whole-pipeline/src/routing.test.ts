import { ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scene } from './scene.js';

/** One path of a host to a Service. */
const rule = (host: string, path: string, service: string, type = 'Prefix') => ({ rules: { [host]: [{ path, type, service }] } });

describe('paths', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create();
    for (const name of ['root', 'foo', 'foo-exact', 'long', 'text', 'exact-only', 'odd', 'case']) await scene.backend(name);
    await scene.serve(
      ingressOf({
        name: 'paths',
        rules: {
          'a.example': [
            { path: '/', service: 'root' },
            { path: '/foo', service: 'foo' },
            { path: '/foo', type: 'Exact', service: 'foo-exact' },
            { path: '/foo/bar/', service: 'long' },
            { path: '/text', type: 'ImplementationSpecific', service: 'text' },
            { path: '/Case', service: 'case' },
          ],
          'b.example': [
            { path: '/only', type: 'Exact', service: 'exact-only' },
            { path: '/slash/', type: 'Exact', service: 'exact-only' },
          ],
          'odd.example': [
            { path: '/a;v=1', service: 'odd' },
            { path: '/b+c', service: 'odd' },
            { path: '/d%20e', service: 'odd' },
            { path: '/%C3%A9', service: 'odd' },
            { path: "/~u/!$&'()*,:@=", service: 'odd' },
            { path: '/x%', type: 'ImplementationSpecific', service: 'odd' },
            { path: '/"q"\\#', type: 'ImplementationSpecific', service: 'odd' },
          ],
        },
      }),
    );
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it.each([
    ['/', 'root'],
    ['/foo', 'foo-exact'],
    ['/foo/', 'foo'],
    ['/foo/x', 'foo'],
    ['/foox', 'root'],
    ['/foo?x=/bar', 'foo-exact'],
    ['/foo;v=1', 'root'],
    ['/FOO', 'root'],
    ['/foo/bar', 'long'],
    ['/foo/bar/', 'long'],
    ['/foo/bar/baz', 'long'],
    ['/foo/barbaz', 'foo'],
    ['/foo//bar', 'foo'],
    ['//foo', 'root'],
    ['/text', 'text'],
    ['/textual', 'text'],
    ['/text/x', 'text'],
    ['/tex', 'root'],
    ['/%66oo', 'root'],
    ['/case', 'root'],
    ['/Case/x', 'case'],
    ['/?/foo', 'root'],
    ['/.', 'root'],
    ['/foo/%2e%2e/x', 'foo'],
  ])('a.example%s goes to %s', async (path, name) => {
    expect(await scene.answerer('a.example', path)).toBe(name);
  });

  it.each([
    ['/only', 'exact-only'],
    ['/only/', 404],
    ['/only/x', 404],
    ['/onl', 404],
    ['/slash/', 'exact-only'],
    ['/slash', 404],
    ['/', 404],
  ])('b.example%s, where only exact paths are, goes to %s', async (path, name) => {
    expect(await scene.answerer('b.example', path)).toBe(name);
  });

  it.each(['/a;v=1', '/a;v=1/x', '/b+c', '/d%20e', '/d%20e/f', '/%C3%A9', "/~u/!$&'()*,:@=/x", '/x%', '/x%41', '/x%zz'])(
    'takes the odd path %s to the letter',
    async (path) => {
      expect(await scene.answerer('odd.example', path)).toBe('odd');
    },
  );

  it.each(['/a', '/a;v=2', '/a;v=1x', '/b%2Bc', '/b c'.replace(' ', '%20'), '/d+e', '/%c3%a9', '/~u'])(
    'does not take %s for a path that is written otherwise',
    async (path) => {
      expect(await scene.answerer('odd.example', path)).toBe(404);
    },
  );

  it('passes the path on as it came', async () => {
    const path = '/foo/%2E/a%20b;c=1/+?q=%20&r=/../';
    const { echo } = await scene.request({ host: 'a.example', path });
    expect(echo?.path).toBe(path);
  });

  it('refuses a path that no request can have', () => {
    expect(scene.diagnostics()).toMatchObject([{ code: 'PATH_INVALID', field: 'spec.rules[2].http.paths[6].path' }]);
  });
});

describe('hosts', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await Scene.create();
    for (const name of ['exact', 'wild', 'any', 'deep']) await scene.backend(name);
    await scene.serve(
      ingressOf({
        name: 'hosts',
        rules: {
          'a.example': [{ path: '/here', service: 'exact' }],
          '*.example': [{ path: '/', service: 'wild' }],
          '*.deep.example': [{ path: '/', service: 'deep' }],
          'Upper.Example.': [{ path: '/upper', service: 'exact' }],
          '': [{ path: '/any', service: 'any' }],
        },
      }),
    );
  });
  afterAll(() => scene[Symbol.asyncDispose]());

  it.each([
    ['a.example', '/here', 'exact'],
    ['A.EXAMPLE', '/here', 'exact'],
    ['a.example.', '/here', 'exact'],
    ['a.example:8080', '/here', 'exact'],
    ['A.example.:443', '/here', 'exact'],
    ['a.example', '/elsewhere', 404],
    ['a.example', '/any', 404],
    ['b.example', '/', 'wild'],
    ['B.Example:80', '/x', 'wild'],
    ['x.b.example', '/', 404],
    ['x.b.example', '/any', 'any'],
    ['.example', '/', 404],
    ['.example', '/any', 'any'],
    ['example', '/', 404],
    ['example', '/any', 'any'],
    ['x.deep.example', '/', 'deep'],
    ['deep.example', '/', 'wild'],
    ['upper.example', '/upper', 'exact'],
    ['upper.example', '/any', 404],
    ['unknown.test', '/any', 'any'],
    ['unknown.test', '/', 404],
    ['127.0.0.1', '/any', 'any'],
    ['[::1]', '/any', 'any'],
    ['[::1]:8080', '/any', 'any'],
    ['[2001:db8::a.example]', '/here', 404],
    ['*.example', '/', 'wild'],
    ['*', '/any', 'any'],
    ['', '/any', 'any'],
    ['a.example/here', '/', 404],
  ])('Host "%s" with %s goes to %s', async (host, path, name) => {
    expect(await scene.answerer(host, path)).toBe(name);
  });

  it('tries wider hosts where that is allowed', async () => {
    await using falling = await Scene.create({ listen: { fallThrough: true } });
    for (const name of ['exact', 'wild', 'any']) await falling.backend(name);
    await falling.serve(
      ingressOf({
        name: 'hosts',
        rules: {
          'a.example': [{ path: '/here', service: 'exact' }],
          '*.example': [{ path: '/wild', service: 'wild' }],
          '': [{ path: '/', service: 'any' }],
        },
      }),
    );
    const answers = await Promise.all(['/here', '/wild', '/else'].map((path) => falling.answerer('a.example', path)));
    expect(answers).toEqual(['exact', 'wild', 'any']);
    expect(await falling.answerer('.example', '/wild')).toBe('any');
    expect(await falling.answerer('x.y.example', '/wild')).toBe('any');
  });
});

describe('default backends', () => {
  it('answers 404 without one, also for hosts that are known', async () => {
    await using scene = await Scene.create();
    await scene.backend('web');
    await scene.serve(ingressOf({ name: 'web', ...rule('a.example', '/a', 'web') }));
    expect([await scene.answerer('a.example'), await scene.answerer('b.example')]).toEqual([404, 404]);
  });

  it("serves the operator's until an Ingress asks for it; the oldest Ingress has it", async () => {
    await using scene = await Scene.create({ defaultBackend: { namespace: 'ops', service: 'ops', port: 80 } });
    for (const name of ['web', 'older', 'younger']) await scene.backend(name);
    await scene.backend('ops', 'ops');
    await scene.serve(ingressOf({ name: 'web', ...rule('a.example', '/a', 'web') }));
    expect([await scene.answerer('a.example'), await scene.answerer('b.example')]).toEqual(['ops', 'ops']);

    const younger = ingressOf({ name: 'aaa', defaultBackend: { service: 'younger' }, created: '2025-01-01T00:00:00Z' });
    const older = ingressOf({ name: 'zzz', defaultBackend: { service: 'older' }, created: '2024-01-01T00:00:00Z' });
    await scene.serve(younger, older);
    expect([await scene.answerer('a.example'), await scene.answerer('a.example', '/a'), await scene.answerer('b.example')]).toEqual([
      'older',
      'web',
      'older',
    ]);
    expect(scene.codes()).toEqual(['CLAIM_LOST']);

    scene.source.delete(older);
    await scene.serve();
    expect(await scene.answerer('b.example')).toBe('younger');
    expect(scene.codes()).toEqual([]);
  });

  it('sends a host without paths to the default backend of its Ingress', async () => {
    await using scene = await Scene.create();
    await scene.backend('web');
    await scene.serve(ingressOf({ name: 'web', rules: { 'a.example': [] }, defaultBackend: { service: 'web' } }));
    expect(await scene.answerer('a.example', '/x')).toBe('web');
  });
});

describe('Services and endpoints', () => {
  it('answers 503 where Service or port is missing, and keeps the route', async () => {
    await using scene = await Scene.create();
    await scene.backend('web');
    await scene.serve(
      ingressOf({ name: 'web', ...rule('a.example', '/', 'web') }),
      ingressOf({ name: 'missing', ...rule('a.example', '/missing', 'missing') }),
      ingressOf({
        name: 'port',
        rules: {
          'a.example': [
            { path: '/port', service: 'web', port: 81 },
            { path: '/name', service: 'web', port: 'http' },
          ],
        },
      }),
    );
    const answers = await Promise.all(['/', '/missing/x', '/port', '/name'].map((path) => scene.answerer('a.example', path)));
    expect(answers).toEqual(['web', 503, 503, 503]);
    expect(scene.codes()).toEqual(['SERVICE_NOT_FOUND', 'SERVICE_PORT_NOT_FOUND', 'SERVICE_PORT_NOT_FOUND']);
    await scene.backend('missing');
    await scene.serve();
    expect(await scene.answerer('a.example', '/missing/x')).toBe('missing');
  });

  it('answers 503 without endpoints, and without a word', async () => {
    await using scene = await Scene.create();
    await scene.serve(serviceOf({ name: 'web' }), ingressOf({ name: 'web', ...rule('a.example', '/', 'web') }));
    expect(await scene.answerer('a.example')).toBe(503);
    expect(scene.codes()).toEqual([]);
  });

  it('serves the endpoints of all slices of a Service, and each only once', async () => {
    await using scene = await Scene.create();
    const first = await scene.server('first', { address: '127.0.0.2' });
    const { port } = first;
    await scene.server('second', { address: '127.0.0.3', port });
    await scene.server('third', { address: '127.0.0.4', port });
    await scene.serve(
      serviceOf({ name: 'web' }),
      sliceOf({ service: 'web', name: 'web-a', endpoints: ['127.0.0.2', '127.0.0.3'], ports: port }),
      sliceOf({ service: 'web', name: 'web-b', endpoints: ['127.0.0.3', '127.0.0.4'], ports: port }),
      ingressOf({ name: 'web', ...rule('a.example', '/', 'web') }),
    );
    const names: unknown[] = [];
    for (let at = 0; at < 6; at += 1) names.push(await scene.answerer('a.example'));
    expect(names.sort()).toEqual(['first', 'first', 'second', 'second', 'third', 'third']);
  });

  it('keeps an endpoint that two slices hold when one of them lets it go', async () => {
    await using scene = await Scene.create();
    const { port } = await scene.server('web');
    const other = sliceOf({ service: 'web', name: 'web-b', endpoints: ['127.0.0.1'], ports: port });
    await scene.serve(
      serviceOf({ name: 'web' }),
      sliceOf({ service: 'web', name: 'web-a', endpoints: ['127.0.0.1'], ports: port }),
      other,
      ingressOf({ name: 'web', ...rule('a.example', '/', 'web') }),
    );
    scene.source.delete(other);
    await scene.serve();
    expect(await scene.answerer('a.example')).toBe('web');
  });

  it('passes over endpoints that are not ready, and those of other Services and namespaces', async () => {
    await using scene = await Scene.create();
    const { port } = await scene.server('ready', { address: '127.0.0.2' });
    for (const [at, name] of ['not-ready', 'other', 'elsewhere'].entries())
      await scene.server(name, { address: `127.0.0.${at + 3}`, port });
    await scene.serve(
      serviceOf({ name: 'web' }),
      sliceOf({
        service: 'web',
        endpoints: [{ addresses: ['127.0.0.2'] }, { addresses: ['127.0.0.3'], conditions: { ready: false } }],
        ports: port,
      }),
      sliceOf({ service: 'other', endpoints: ['127.0.0.4'], ports: port }),
      sliceOf({ service: 'web', namespace: 'elsewhere', endpoints: ['127.0.0.5'], ports: port }),
      ingressOf({ name: 'web', ...rule('a.example', '/', 'web') }),
    );
    const names = new Set<unknown>();
    for (let at = 0; at < 4; at += 1) names.add(await scene.answerer('a.example'));
    expect([...names]).toEqual(['ready']);
  });

  it('serves endpoints that terminate while nothing else is ready, in whatever slice', async () => {
    await using scene = await Scene.create();
    const { port } = await scene.server('terminating', { address: '127.0.0.2' });
    await scene.server('ready', { address: '127.0.0.3', port });
    await scene.server('gone', { address: '127.0.0.4', port });
    const terminating = { ready: false, serving: true, terminating: true };
    const gone = { ready: false, serving: false, terminating: true };
    const ready = sliceOf({ service: 'web', name: 'web-b', endpoints: ['127.0.0.3'], ports: port });
    await scene.serve(
      serviceOf({ name: 'web' }),
      sliceOf({
        service: 'web',
        name: 'web-a',
        endpoints: [
          { addresses: ['127.0.0.2'], conditions: terminating },
          { addresses: ['127.0.0.4'], conditions: gone },
        ],
        ports: port,
      }),
      ready,
      ingressOf({ name: 'web', ...rule('a.example', '/', 'web') }),
    );
    const both = [await scene.answerer('a.example'), await scene.answerer('a.example')];
    expect(both).toEqual(['ready', 'ready']);
    scene.source.delete(ready);
    await scene.serve();
    expect([await scene.answerer('a.example'), await scene.answerer('a.example')]).toEqual(['terminating', 'terminating']);
    // What is ready at another port of the Service does not answer at this one: a rollout may rename the port.
    await scene.serve(sliceOf({ service: 'web', name: 'web-c', endpoints: ['127.0.0.3'], ports: { renamed: port } }));
    expect(await scene.answerer('a.example')).toBe('terminating');
  });

  it('finds ports by number, by name, by the target port’s name, and unnamed ones', async () => {
    await using scene = await Scene.create();
    const web = await scene.server('web');
    const admin = await scene.server('admin');
    await scene.serve(
      serviceOf({
        name: 'two',
        ports: [
          { name: 'web', port: 80, targetPort: 'http' },
          { name: 'admin', port: 81, targetPort: 9000 },
        ],
      }),
      sliceOf({ service: 'two', endpoints: ['127.0.0.1'], ports: { web: web.port, admin: admin.port } }),
      serviceOf({ name: 'one', ports: [{ port: 8080 }] }),
      sliceOf({ service: 'one', endpoints: ['127.0.0.1'], ports: web.port }),
      ingressOf({
        name: 'web',
        rules: {
          'a.example': [
            { path: '/80', service: 'two', port: 80 },
            { path: '/81', service: 'two', port: 81 },
            { path: '/web', service: 'two', port: 'web' },
            { path: '/admin', service: 'two', port: 'admin' },
            { path: '/one', service: 'one', port: 8080 },
          ],
        },
      }),
    );
    const answers = await Promise.all(['/80', '/81', '/web', '/admin', '/one'].map((path) => scene.answerer('a.example', path)));
    expect(answers).toEqual(['web', 'admin', 'web', 'admin', 'web']);
    expect(scene.codes()).toEqual([]);
  });

  it('serves IPv6 endpoints', async () => {
    await using scene = await Scene.create();
    const { port } = await scene.server('six', { address: '::1' });
    await scene.serve(
      serviceOf({ name: 'web' }),
      sliceOf({ service: 'web', endpoints: ['0:0:0:0:0:0:0:1'], ports: port, addressType: 'IPv6' }),
      ingressOf({ name: 'web', ...rule('a.example', '/', 'web') }),
    );
    expect(await scene.answerer('a.example')).toBe('six');
  });
});

describe('conflicts', () => {
  it('gives host and path to the oldest Ingress, and to the next when it goes', async () => {
    await using scene = await Scene.create();
    for (const name of ['old', 'middle', 'new']) await scene.backend(name);
    const old = ingressOf({ name: 'z-old', created: '2024-01-01T00:00:00Z', ...rule('a.example', '/x', 'old') });
    const middle = ingressOf({
      name: 'y-middle',
      created: '2025-01-01T00:00:00Z',
      rules: {
        'a.example': [
          { path: '/x', service: 'middle' },
          { path: '/own', service: 'middle' },
        ],
      },
    });
    await scene.serve(ingressOf({ name: 'a-new', ...rule('A.example.', '/x/', 'new', 'ImplementationSpecific') }), middle, old);
    expect([await scene.answerer('a.example', '/x'), await scene.answerer('a.example', '/own')]).toEqual(['old', 'middle']);
    expect(
      scene
        .diagnostics()
        .map(({ code, object, message }) => [code, object?.name, message.includes('z-old')])
        .sort(),
    ).toEqual([
      ['CLAIM_LOST', 'a-new', true],
      ['CLAIM_LOST', 'y-middle', true],
    ]);
    scene.source.delete(old);
    await scene.serve();
    expect([await scene.answerer('a.example', '/x'), await scene.answerer('a.example', '/own')]).toEqual(['middle', 'middle']);
    scene.source.delete(middle);
    await scene.serve();
    expect([await scene.answerer('a.example', '/x'), await scene.answerer('a.example', '/own')]).toEqual(['new', 404]);
    expect(scene.codes()).toEqual([]);
  });

  it('lets Ingresses of several namespaces share a host, each with its own Services', async () => {
    await using scene = await Scene.create();
    const one = await scene.server('one');
    const two = await scene.server('two');
    for (const [namespace, { port }] of [
      ['one', one],
      ['two', two],
    ] as const) {
      scene.source
        .set(serviceOf({ name: 'web', namespace }))
        .set(sliceOf({ service: 'web', namespace, endpoints: ['127.0.0.1'], ports: port }));
      scene.source.set(ingressOf({ name: 'web', namespace, ...rule('a.example', `/${namespace}`, 'web') }));
    }
    await scene.serve();
    expect([await scene.answerer('a.example', '/one'), await scene.answerer('a.example', '/two')]).toEqual(['one', 'two']);
  });
});

import { describe, expect, it } from 'vitest';
import { compose, service, settings } from '../../fixtures/composition.js';
import type { Resource } from '../../resource/resource.js';
import { renderDirective } from '../emitter/index.js';

type Composed = ReturnType<typeof compose>;

function composed(data: Record<string, string>, ...objects: readonly Resource[]): Composed {
  const composition = compose();
  for (const object of [service('web'), settings(data), ...objects]) composition.writer.set(object);
  composition.commit();
  return composition;
}

function lines({ rows }: Composed, frontend: string): string[] {
  const section = rows('section').get(`section frontend ${frontend}`);
  return (section?.directives ?? []).map(({ directive }) => renderDirective(directive));
}

const authority: Resource = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'clients', namespace: 'ops' },
  data: { 'ca.crt': Buffer.from('authority PEM').toString('base64') },
} as Resource;

const closed = 'http-request deny deny_status 503 if TRUE';
const field = { object: { kind: 'ConfigMap', name: 'settings' }, plugin: 'test' };

it('lets the threads take connections that the operator names', () => {
  const listen = { addresses: ['0.0.0.0', '::'], threads: { http: '1-2', https: '1/3-4', stats: 'odd' } };
  const composition = compose({ listen });
  composition.commit();
  const binds = ['http', 'https', 'healthz', 'stats'].map((frontend) =>
    lines(composition, frontend).filter((line) => line.startsWith('bind')),
  );
  expect(binds).toEqual([
    ['bind 0.0.0.0:8080 thread 1-2', 'bind :::8080 v6only thread 1-2'],
    [
      'bind 0.0.0.0:8443 ssl crt-list crt-list.txt alpn h2,http/1.1 thread 1/3-4',
      'bind :::8443 v6only ssl crt-list crt-list.txt alpn h2,http/1.1 thread 1/3-4',
    ],
    ['bind 0.0.0.0:1042'],
    ['bind 0.0.0.0:1024 thread odd'],
  ]);
});

describe('a family on listeners', () => {
  it('stands in both frontends after the route is found and before a backend is chosen, with its origin', () => {
    const composition = composed({ gate: '10.0.0.0/8' });
    for (const frontend of ['http', 'https']) {
      const found = lines(composition, frontend);
      const at = found.findIndex((line) => line.includes('deny_status 403'));
      expect(found.findIndex((line) => line.includes('set-var(txn.rs)'))).toBeLessThan(at);
      expect(found[at + 1]).toContain('use_backend');
      const section = composition.rows('section').get(`section frontend ${frontend}`);
      expect(section?.directives[at]?.origin).toMatchObject({ ...field, field: 'data[gate]' });
    }
    expect(composition.told()).toEqual([]);
  });

  it('may add to the statistics page, before the metrics are served', () => {
    expect(lines(composed({ 'stats-refresh': '3' }), 'stats').at(-2)).toBe('stats refresh 3000ms');
  });

  it.each([
    ['has a guard that cannot be read', { gate: 'everybody' }, 'VALUE_INVALID ConfigMap ops/settings data[gate]'],
    ['throws', { gate: '10.0.0.0/8', 'stats-refresh': '0' }, 'FAMILY_FAILED ConfigMap ops/settings data[gate]'],
  ])('answers 503 to every request of both frontends first of all while it %s', (_why, data, told) => {
    const composition = composed(data);
    for (const frontend of ['http', 'https']) {
      const rules = lines(composition, frontend).filter((line) => !line.startsWith('bind'));
      expect(rules[0]).toBe(closed);
      expect(rules.join()).not.toContain('403');
    }
    expect(composition.told()).toEqual([told]);
    expect(composition.diagnostics()[0]?.message).toContain('Every request is answered 503 until it is mended.');
  });
});

describe('a family on HTTPS', () => {
  it('names the authorities of clients on the TLS binds, and their file is a row', () => {
    const composition = composed({ authority: 'ops/clients' }, authority);
    const [file] = [...composition.rows('certificate').values()].filter(({ file: path }) => path.includes('client-authorities'));
    expect(file).toMatchObject({ origin: { ...field, field: 'data[authority]' } });
    expect(file?.pem.reveal()).toBe('authority PEM');
    const [bind] = composition.rows('section').get('section frontend https')?.directives ?? [];
    expect(bind).toMatchObject({ origin: { ...field, field: 'data[authority]' } });
    expect(lines(composition, 'https')[0]).toBe(
      `bind 0.0.0.0:8443 ssl crt-list crt-list.txt alpn h2,http/1.1 ca-file ${file?.file ?? ''} verify required`,
    );
    expect(lines(composition, 'http')[0]).toBe('bind 0.0.0.0:8080');
  });

  it('answers 503 over TLS alone while its Secret is missing', () => {
    const composition = composed({ authority: 'ops/clients' });
    expect(lines(composition, 'https')[1]).toBe(closed);
    expect(lines(composition, 'http')).not.toContain(closed);
    expect(composition.told()).toEqual(['REFERENCE_NOT_FOUND ConfigMap ops/settings data[authority]']);
    expect(composition.diagnostics()[0]?.message).toContain('Every request that comes over TLS is answered 503 until it is mended.');
    composition.writer.set(authority);
    composition.commit();
    expect(lines(composition, 'https')).not.toContain(closed);
  });
});

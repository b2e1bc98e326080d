import { type AnyFamily, Duration, family, haproxy, integer, type Plugin } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { configMapOf, ingressOf } from '@signalbox/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Scene } from './scene.js';

/** Another plugin's limit, in the table of ours. */
const other: AnyFamily = family({
  name: 'other',
  scopes: ['ingress'],
  on: 'route',
  keys: { most: integer({ doc: 'A limit.' }) },
  apply({ most }, { route }) {
    if (most === undefined) return;
    const requests = route.track({ by: 'src', counter: 'http_req_rate', period: new Duration(600_000) });
    route.add(haproxy`http-request deny deny_status 410 if { ${requests} gt ${most} }`);
  },
});
const otherPlugin: Plugin = { name: 'other', annotations: [{ prefixes: ['other/'], families: [other] }] };

const limit = { 'haproxy.org/rate-limit-requests': '3', 'haproxy.org/rate-limit-status-code': '429' };
const realIp = { 'haproxy.org/src-ip-header': 'X-Real-IP' };

let scene: Scene;

const site = (name: string, annotations: Readonly<Record<string, string>>, hosts: readonly string[] = [name]): void => {
  const rules = Object.fromEntries(
    hosts.map((host) => [
      host,
      [
        { path: '/', service: 'app' },
        { path: '/other', service: 'other' },
      ],
    ]),
  );
  scene.source.set(ingressOf({ name, annotations, rules }));
};

beforeAll(async () => {
  scene = await Scene.create({ plugins: [ingress(), haproxyOrg({ configMap: 'default/haproxy' }), otherPlugin] });
  await scene.backend('app');
  await scene.backend('other');
  scene.source.set(configMapOf({ name: 'haproxy', data: { 'rate-limit-period': '10m', 'rate-limit-requests': '5' } }));
  site('one.example', limit);
  site('two.example', limit);
  site('many.example', limit, ['many.example', 'more.example']);
  site('global.example', {});
  site('both.example', { ...limit, 'other/most': '4' });
  site('strict.example', { ...limit, 'other/most': '2' });
  site('friends.example', { ...limit, 'haproxy.org/rate-limit-whitelist': '127.0.0.0/8' });
  site('behind.example', { ...limit, ...realIp, 'haproxy.org/rate-limit-whitelist': '2001:db8:ff::/48' });
  site('listed.example', { ...realIp, 'haproxy.org/deny-list': '2001:db8::/32', 'haproxy.org/rate-limit-requests': '100' });
  site('bad.example', { 'haproxy.org/rate-limit-requests': 'three' });
  await scene.serve();
});

afterAll(async () => scene[Symbol.asyncDispose]());

/** The answers to some requests, one after the other. */
async function answers(count: number, host: string, path = '/', headers: Readonly<Record<string, string>> = {}): Promise<number[]> {
  const found: number[] = [];
  for (let at = 0; at < count; at += 1) found.push((await scene.request({ host, path, headers })).status);
  return found;
}

it('serves the request that reaches the limit and denies the next, for each Ingress by itself', async () => {
  expect(await answers(4, 'one.example')).toEqual([200, 200, 200, 429]);
  expect(await answers(4, 'two.example')).toEqual([200, 200, 200, 429]);
});

it('counts the hosts, paths and Services of an Ingress together', async () => {
  expect(await answers(1, 'many.example')).toEqual([200]);
  expect(await answers(1, 'more.example')).toEqual([200]);
  expect(await answers(1, 'many.example', '/other')).toEqual([200]);
  expect(await answers(1, 'more.example', '/other')).toEqual([429]);
});

it('takes the limit of the ConfigMap only where an Ingress has none, and counts for that Ingress', async () => {
  expect(await answers(6, 'global.example')).toEqual([200, 200, 200, 200, 200, 403]);
});

it('is not disturbed by what another family counts in the same table', async () => {
  expect(await answers(5, 'both.example')).toEqual([200, 200, 200, 429, 429]);
  expect(await answers(4, 'strict.example')).toEqual([200, 200, 410, 429]);
});

it('leaves the exceptions alone', async () => {
  expect(await answers(5, 'friends.example')).toEqual([200, 200, 200, 200, 200]);
});

it('goes by the address of the header, of IPv4 and IPv6 alike, and by that of the connection without it', async () => {
  const from = (address: string, count: number) => answers(count, 'behind.example', '/', { 'X-Real-IP': address });
  expect(await from('2001:db8::1', 4)).toEqual([200, 200, 200, 429]);
  expect(await from('2001:db8::2', 1)).toEqual([200]);
  expect(await from('198.51.100.7', 4)).toEqual([200, 200, 200, 429]);
  expect(await from('2001:db8:ff::1', 5)).toEqual([200, 200, 200, 200, 200]);
  expect(await answers(4, 'behind.example')).toEqual([200, 200, 200, 429]);
  expect(await from('no address', 1)).toEqual([429]);
});

it('takes the address of the header for lists and for what servers are told', async () => {
  expect(await answers(1, 'listed.example', '/', { 'X-Real-IP': '2001:db8::1' })).toEqual([403]);
  const { echo } = await scene.request({ host: 'listed.example', headers: { 'X-Real-IP': '198.51.100.7' } });
  expect(echo?.headers['x-forwarded-for']).toBe('198.51.100.7');
  expect((await scene.request({ host: 'listed.example' })).echo?.headers['x-forwarded-for']).toBe('127.0.0.1');
});

it('closes where the limit cannot be read, and falls to no other', async () => {
  expect(await answers(2, 'bad.example')).toEqual([503, 503]);
});

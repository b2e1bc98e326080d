import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { configMapOf, ingressOf, secretOf } from '@signalbox/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Scene } from './scene.js';

const hash = '$1$saltsalt$Yo6tRKYGO/jWyb1etwHDS/';
const logIn = { 'auth-type': 'basic-auth', 'auth-secret': 'users' };

/** What the operator says lets everybody in, once in a long while. */
const lax = {
  'allow-list': '0.0.0.0/0, ::/0',
  'rate-limit-requests': '1000000',
  'rate-limit-period': '1ms',
  'src-ip-header': 'X-Not-There',
};

/** Annotations of which one cannot be used, and how the route answers. */
const cases: readonly (readonly [answer: number, annotations: Readonly<Record<string, string>>])[] = [
  [200, {}],
  [503, { 'rate-limit-requests': '0' }],
  [503, { 'rate-limit-requests': '' }],
  [503, { 'rate-limit-requests': '10', 'rate-limit-period': '0s' }],
  [503, { 'rate-limit-requests': '10', 'rate-limit-period': 'a while' }],
  [503, { 'allow-list': 'office' }],
  [503, { 'deny-list': '10.0.0.0/33' }],
  [503, { 'src-ip-header': 'X Real IP' }],
  [503, { ...logIn, 'auth-type': 'digest' }],
  [503, { ...logIn, 'auth-secret': 'missing' }],
  [503, { ...logIn, 'auth-secret': 'other/users' }],
  [503, { ...logIn, 'auth-secret': 'empty' }],
  [503, { ...logIn, 'auth-secret': 'plain' }],
  [503, { ...logIn, 'auth-secret': '../users' }],
  [503, { 'auth-type': 'basic-auth' }],
  [200, { 'rate-limit-size': '0' }],
  [200, { 'rate-limit-status-code': '418' }],
  [200, { 'rate-limit-whitelist': 'patterns/monitors' }],
  [200, { 'path-rewrite': 'a b c' }],
  [401, { ...logIn, 'auth-realm': '"' }],
];

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.create({ plugins: [ingress(), haproxyOrg({ configMap: 'default/haproxy' })] });
  await scene.backend('app');
  const ingresses = cases.map(([, values], at) => {
    const annotations = Object.fromEntries(Object.entries(values).map(([key, value]) => [`haproxy.org/${key}`, value]));
    return ingressOf({ name: `r${String(at)}`, annotations, rules: { [`r${String(at)}.example`]: [{ path: '/', service: 'app' }] } });
  });
  await scene.serve(
    configMapOf({ name: 'haproxy', data: lax }),
    secretOf({ name: 'users', data: { ann: hash } }),
    secretOf({ name: 'users', namespace: 'other', data: { ann: hash } }),
    secretOf({ name: 'empty', data: { ann: '' } }),
    secretOf({ name: 'plain', data: { ann: 'swordfish' } }),
    ...ingresses,
  );
});

afterAll(async () => scene[Symbol.asyncDispose]());

it.each(cases.map(([answer, annotations], at) => [answer, annotations, at] as const))(
  'answers %d where the Ingress says %j, whatever the ConfigMap lets through',
  async (answer, annotations, at) => {
    expect((await scene.request({ host: `r${String(at)}.example` })).status).toBe(answer);
    const told = scene.diagnostics().filter(({ object }) => object?.name === `r${String(at)}`);
    expect(told).toHaveLength(Object.keys(annotations).length === 0 ? 0 : 1);
    expect(JSON.stringify(told)).not.toContain('swordfish');
  },
);

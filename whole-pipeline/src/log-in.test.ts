import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { type Answer, ingressOf, secretOf } from '@signalbox/testing';
import { refOf } from '@signalbox/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scene } from './scene.js';

/** All of the password "open sesame". */
const hashes = {
  md5: '$1$saltsalt$Yo6tRKYGO/jWyb1etwHDS/',
  sha256: '$5$rounds=1000$saltsalt$nKsyTQBmKz4GdCft0Sv/FbzLiu0y3wFdEXOzudLQLJ5',
  sha512: '$6$rounds=1000$saltsalt$/IiX/CoEcxCZ9SksEXnbjfCT1LGvD4z5OpJkaFYl/T37OAwuKZ8I8BixDhruhPLkw6lS7dw/6wQWgQnGo7lLg/',
  bcrypt: '$2y$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy',
  yescrypt: '$y$j7T$saltsalt$8wxXLgkIiaRu.GzBgXPoMkkBLRgrRF4Jk2NvOxPmK6A',
};

let scene: Scene;

const secret = (data: Readonly<Record<string, string>>) => secretOf({ name: 'users', data });

beforeAll(async () => {
  scene = await Scene.create({ plugins: [ingress(), haproxyOrg()] });
  await scene.backend('app');
  const annotations = { 'haproxy.org/auth-type': 'basic-auth', 'haproxy.org/auth-secret': 'users', 'haproxy.org/auth-realm': 'Staff only' };
  const rules = { 'in.example': [{ path: '/', service: 'app' }] };
  const limited = { ...annotations, 'haproxy.org/rate-limit-requests': '2', 'haproxy.org/rate-limit-period': '10m' };
  await scene.serve(
    secret(hashes),
    ingressOf({ name: 'in', annotations, rules }),
    ingressOf({ name: 'limited', annotations: limited, rules: { 'limited.example': [{ path: '/', service: 'app' }] } }),
    ingressOf({
      name: 'open',
      annotations: { 'haproxy.org/auth-secret': 'users' },
      rules: { 'open.example': [{ path: '/', service: 'app' }] },
    }),
  );
});

afterAll(async () => scene[Symbol.asyncDispose]());

async function logIn(user: string, password: string, host = 'in.example'): Promise<Answer> {
  const credentials = Buffer.from([user, password].join(':')).toString('base64');
  return scene.request({ host, headers: { Authorization: ['Basic', credentials].join(' ') } });
}

it('asks for a log-in, with the realm', async () => {
  const { status, headers } = await scene.request({ host: 'in.example' });
  expect([status, headers['www-authenticate']]).toEqual([401, 'Basic realm="Staff-only"']);
});

it.each(Object.keys(hashes))('lets in who shows the password of a hash by %s', async (user) => {
  expect((await logIn(user, 'open sesame')).status).toBe(200);
});

it.each([
  ['sha256', 'open sesam'],
  ['sha256', ''],
  ['sha256', hashes.sha256],
  ['nobody', 'open sesame'],
  ['', 'open sesame'],
  ['sha256 ', 'open sesame'],
])('lets nobody else in: %j, %j', async (user, password) => {
  expect((await logIn(user, password)).status).toBe(401);
});

it('has no effect without a kind of log-in', async () => {
  expect((await scene.request({ host: 'open.example' })).status).toBe(200);
});

it('comes after the limit, so that who guesses passwords is counted', async () => {
  const statuses = [];
  for (const password of ['a', 'b', 'open sesame']) statuses.push((await logIn('sha256', password, 'limited.example')).status);
  expect(statuses).toEqual([401, 401, 403]);
});

describe('a Secret that changes', () => {
  it('changes who may log in', async () => {
    await scene.serve(secret({ ann: hashes.sha512 }));
    expect((await logIn('sha256', 'open sesame')).status).toBe(401);
    expect((await logIn('ann', 'open sesame')).status).toBe(200);
  });

  it('closes the routes while it holds no hash, and while it is not there', async () => {
    await scene.serve(secret({ ann: 'open sesame' }));
    expect((await logIn('ann', 'open sesame')).status).toBe(503);
    expect(JSON.stringify(scene.diagnostics())).not.toContain('sesame');
    scene.source.delete(refOf(secret({})));
    await scene.serve();
    expect((await logIn('ann', 'open sesame')).status).toBe(503);
    await scene.serve(secret({ ann: hashes.sha512 }));
    expect((await logIn('ann', 'open sesame')).status).toBe(200);
  });
});

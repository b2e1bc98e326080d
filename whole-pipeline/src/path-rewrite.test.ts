import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { ingressOf } from '@signalbox/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Scene } from './scene.js';

/** Lines of a rewrite, a path, and what a server is asked for. */
const cases: readonly (readonly [lines: string, path: string, seen: string])[] = [
  [String.raw`/api/(.*) /\1`, '/api/v1/a?b=c', '/v1/a?b=c'],
  [String.raw`/api/(.*) /\1`, '/other', '/other'],
  [String.raw`^/([^/]*)/([^/]*) /\2/\1`, '/a/b/c', '/b/a'],
  ['/always', '/a/b?c', '/always?c'],
  ['/a /b\n/b /c', '/a', '/c'],
  [String.raw`/(.*) /100%/%[src]/$HOME/%ci/\1`, '/x', '/100%/%[src]/$HOME/%ci/x'],
  [String.raw`/(.*) /a\b/\1`, '/x', String.raw`/a\b/x`],
  ['/.* /"a"#\'b\'', '/x', '/"a"#\'b\''],
];

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.create({ plugins: [ingress(), haproxyOrg()] });
  await scene.backend('app');
  const ingresses = cases.map(([lines], at) => {
    const rules = { [`r${String(at)}.example`]: [{ path: '/', service: 'app' }] };
    return ingressOf({ name: `r${String(at)}`, annotations: { 'haproxy.org/path-rewrite': lines }, rules });
  });
  await scene.serve(...ingresses);
});

afterAll(async () => scene[Symbol.asyncDispose]());

it.each(cases.map((each, at) => [...each, at] as const))('%j makes of %s %s', async (_lines, path, seen, at) => {
  const { echo } = await scene.request({ host: `r${String(at)}.example`, path });
  expect(echo?.path).toBe(seen);
});

import { expect, it } from 'vitest';
import { parsePath } from './path-match.js';

it.each([
  ['/foo', 'Exact', { type: 'exact', value: '/foo' }],
  ['/foo/', 'Exact', { type: 'exact', value: '/foo/' }],
  ['/', 'Exact', { type: 'exact', value: '/' }],
  ['/foo', 'Prefix', { type: 'prefix', value: '/foo' }],
  ['/foo', 'ImplementationSpecific', { type: 'text', value: '/foo' }],
  ['/a//b', 'ImplementationSpecific', { type: 'text', value: '/a//b' }],
  ['/~u/!$&\'()*,:@=%C3%A9"<>', 'Prefix', { type: 'prefix', value: '/~u/!$&\'()*,:@=%C3%A9"<>' }],
  ['/.well-known/x', 'Prefix', { type: 'prefix', value: '/.well-known/x' }],
  [undefined, 'Prefix', { type: 'prefix', value: '/' }],
  ['', 'ImplementationSpecific', { type: 'prefix', value: '/' }],
  [undefined, undefined, { type: 'prefix', value: '/' }],
  ['/', null, { type: 'prefix', value: '/' }],
] as const)('reads %j of type %j', (path, pathType, match) => {
  expect(parsePath({ path, pathType } as never)).toEqual({ match });
});

it.each([
  ['foo', 'Prefix'],
  ['/a b', 'Prefix'],
  ['/a\tb', 'ImplementationSpecific'],
  ['/a?b', 'Prefix'],
  ['/a#b', 'Exact'],
  ['/café', 'Prefix'],
  ['/a//b', 'Prefix'],
  ['/a/../b', 'Exact'],
  ['/a/..', 'Exact'],
  ['/./a', 'Prefix'],
  ['/a%2Fb', 'Prefix'],
  [7, 'Prefix'],
])('refuses the path %j of type %s', (path, pathType) => {
  expect(parsePath({ path: path as string, pathType })).toMatchObject({ code: 'PATH_INVALID', field: 'path' });
});

it.each([
  ['/foo', undefined],
  ['/foo', 'prefix'],
  ['/', 'Regex'],
])('refuses the type of %j that is %j', (path, pathType) => {
  expect(parsePath({ path, pathType: pathType as string })).toMatchObject({ code: 'PATH_TYPE_INVALID', field: 'pathType' });
});

import { afterAll, describe, expect, test } from 'vitest';

import { SecretText } from '../../secret-text.js';
import { renderDirective } from './directive.js';
import type { Directive } from './directive.js';
import { haproxy } from './haproxy.js';
import { Path } from './path.js';
import { renderSection } from './render-section.js';
import type { SectionKind } from './render-section.js';
import { examplePlaces } from './fixtures/example-places.js';
import { LiveHaproxy, findHaproxy } from './fixtures/live-haproxy.js';

const program = findHaproxy();
const checker = new LiveHaproxy(program ?? '');
afterAll(() => checker.stop());

const list = new Path(checker.write('list', '10.0.0.1\n'));
const map = new Path(checker.write('map', 'a b\n'));

const places = examplePlaces(list, map);

describe('encodes a value for its place', () => {
  for (const [section, rows] of Object.entries(places)) {
    test.for(rows.map(([directive, text]) => [renderDirective(directive), text] as const))(`${section}: %s`, ([found, text]) => {
      expect(found).toBe(text);
    });
  }

  test.skipIf(program === undefined)('and HAProxy accepts every one of them', () => {
    const names: Readonly<Record<string, string | undefined>> = {
      userlist: 'users',
      peers: 'p',
      resolvers: 'r',
      cache: 'c',
      frontend: 'in',
      backend: 'be',
    };
    const sections = Object.entries(places).flatMap(([kind, rows]) => {
      const name = names[kind];
      return renderSection({
        kind: kind as SectionKind,
        ...(name !== undefined && { name }),
        directives: rows.map(([directive]) => directive),
      });
    });
    const said = checker.check([...sections, ''].join('\n'));
    // Warnings about the order of these rules are to be expected.
    expect(said.split('\n').filter((line) => line.startsWith('[ALERT]') && !line.includes('zero-warning'))).toEqual([]);
  });
});

describe('a directive', () => {
  test('is plain data, equal by structure and immutable', () => {
    const make = (value: string): Directive => haproxy`http-request set-header X ${value} if a`;
    expect(make('a')).toEqual(make('a'));
    expect(make('a')).not.toEqual(make('b'));
    expect(make('a')).toMatchObject({ words: ['http-request', 'set-header', 'X', 'a', 'if', 'a'], conditionAt: 4 });
    expect(Object.isFrozen(make('a'))).toBe(true);
    expect(Object.isFrozen(make('a').words)).toBe(true);
  });

  test('keeps what its author wrote without a value as it is', () => {
    const text = 'http-request set-header X "a \\"b\\" $HOME" if { path -m reg ^/\\d+$ }';
    expect(renderDirective(haproxy`http-request set-header X "a \"b\" $HOME" if { path -m reg ^/\d+$ }`)).toBe(text);
    expect(renderDirective(haproxy`some-new-keyword "of tomorrow" 'x'`)).toBe(`some-new-keyword "of tomorrow" 'x'`);
  });

  test('marks that it holds a secret', () => {
    expect(haproxy`user x password ${new SecretText('y')}`.secret).toBe(true);
    expect(haproxy`maxconn ${1}`).not.toHaveProperty('secret');
  });
});

import { expect, it } from 'vitest';
import type { Plugin } from '../controller/plugin.js';
import { compose, service, site, testPlugin } from '../fixtures/composition.js';
import { haproxy } from '../haproxy/emitter/index.js';
import type { Resource } from '../resource/resource.js';
import { family } from './family.js';
import { type ReferredSecret, secretRef } from './references.js';
import { refuse, type Refusal } from './standard-schema.js';

/** The word of a Secret, which is to be one of lower-case letters. */
function wordOf({ data }: ReferredSecret): string | Refusal {
  const text = data['word']?.reveal();
  if (text === undefined) throw new Error('hunter2 has no word');
  return /^[a-z]+$/.test(text) ? text : refuse('lower-case letters under the key "word"', 'others');
}

const word = (guard: boolean): Plugin => ({
  name: 'words',
  annotations: [
    {
      prefixes: ['words/'],
      families: [
        family({
          name: 'word',
          scopes: ['ingress'],
          on: 'route',
          keys: { word: secretRef({ guard, doc: 'A word.' }, wordOf) },
          apply({ word: text }, { route }) {
            if (text !== undefined) route.add(haproxy`http-request set-header X-Word ${text}`);
          },
        }),
      ],
    },
  ],
});

const secret = (data: Record<string, string>): Resource =>
  ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'words', namespace: 'a' },
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
  }) as Resource;

function said(guard: boolean, data: Record<string, string>): { readonly rules: readonly string[]; readonly messages: readonly string[] } {
  const { writer, commit, rows, diagnostics } = compose({ plugins: [testPlugin, word(guard)] });
  writer.set(service('web'));
  writer.set(secret(data));
  writer.set(site('one', {}, { 'words/word': 'words' }));
  commit();
  const rules = rows('section').get('section backend a_svc_web_http')?.directives ?? [];
  return { rules: rules.map(({ directive }) => directive.words.join(' ')), messages: diagnostics().map(({ message }) => message) };
}

it('gives what a key makes of an object', () => {
  const { rules, messages } = said(true, { word: 'blue' });
  expect(rules[0]).toContain('X-Word blue');
  expect(messages).toEqual([]);
});

it('tells what was expected of an object that is refused, and closes the routes of a guard', () => {
  const { rules, messages } = said(true, { word: 'HUNTER2' });
  expect(rules[0]).toContain('deny_status 503');
  expect(messages).toEqual([
    'Secret "a/words" cannot be used: found others; expected lower-case letters under the key "word". Its routes answer 503 until it is mended.',
  ]);
  expect(said(false, { word: 'HUNTER2' }).rules).toEqual([]);
});

it('takes a key that throws for one that refuses, and does not repeat its words, which may be secret', () => {
  const { rules, messages } = said(true, {});
  expect(rules[0]).toContain('deny_status 503');
  expect(messages).toHaveLength(1);
  expect(messages[0]).not.toContain('hunter2');
});

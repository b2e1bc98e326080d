import { SecretText } from '@signalbox/core';
import { describe, expect, it } from 'vitest';
import { applied, parse } from '../testing/applied.js';
import { auth } from './auth.js';
import { isPasswordHash } from './password-hash.js';
import { realm } from './realm.js';
import { usersOf } from './users-of.js';

const md5 = '$1$saltsalt$oRU2v0epEgeuFbQ18zEuW.';

const read = (data: Readonly<Record<string, string>>): unknown =>
  usersOf({
    ref: { group: '', kind: 'Secret', namespace: 'a', name: 'users' },
    data: Object.fromEntries(Object.entries(data).map(([user, text]) => [user, new SecretText(text)])),
  });

it('needs a Secret where a log-in is asked for', () => {
  expect(() => applied(auth, { 'auth-type': 'basic-auth' })).toThrow('auth-secret');
  expect(auth.keys).toHaveProperty('auth-type.options.guard', true);
  expect(auth.keys).toHaveProperty('auth-secret.options.guard', true);
});

describe('the users of a Secret', () => {
  it('are its keys; one line end is no part of a hash, and without a hash nobody can log in', () => {
    const hash = new SecretText(md5);
    expect(read({ ann: md5, bob: `${md5}\n`, cid: `${md5}\r\n`, dan: '\n', eve: '' })).toEqual(
      new Map([
        ['ann', hash],
        ['bob', hash],
        ['cid', hash],
      ]),
    );
  });

  it.each([
    ['nobody', {}, 'no user'],
    ['a password in place of a hash', { ann: md5, bob: 'swordfish' }, '"bob"'],
    ['two line ends', { bob: `${md5}\n\n` }, '"bob"'],
    ['a name that no log-in can hold', { 'ann:bob': md5 }, '"ann:bob"'],
  ])('cannot be %s', (_what, data, found) => {
    const refusal = read(data);
    expect(refusal).toMatchObject({ found: expect.stringContaining(found), accepted: expect.any(String) });
    expect(JSON.stringify(refusal)).not.toContain('swordfish');
  });
});

describe('a hash', () => {
  it.each([
    md5,
    'abnqrLigH.z/s',
    '$2y$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy',
    '$2b$10$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy',
    '$5$rounds=1000$saltsalt$nKsyTQBmKz4GdCft0Sv/FbzLiu0y3wFdEXOzudLQLJ5',
    '$5$saltsalt$nKsyTQBmKz4GdCft0Sv/FbzLiu0y3wFdEXOzudLQLJ5',
    '$6$rounds=1000$saltsalt$/IiX/CoEcxCZ9SksEXnbjfCT1LGvD4z5OpJkaFYl/T37OAwuKZ8I8BixDhruhPLkw6lS7dw/6wQWgQnGo7lLg/',
    '$y$j7T$saltsalt$8wxXLgkIiaRu.GzBgXPoMkkBLRgrRF4Jk2NvOxPmK6A',
  ])('can be %s', (text) => {
    expect(isPasswordHash(text)).toBe(true);
  });

  it.each([
    '',
    '*',
    '!',
    'swordfish',
    '{SHA}nU4eI71bcnBGqeO0t9tXvY1u5oQ=',
    '$apr1$saltsalt$oRU2v0epEgeuFbQ18zEuW.',
    `${md5}x`,
    `${md5} x`,
    '$6$saltsalt$short',
    // These would hold HAProxy up for as long as their author likes.
    '$2y$13$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy',
    '$2y$03$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy',
    '$5$rounds=100000$saltsalt$nKsyTQBmKz4GdCft0Sv/FbzLiu0y3wFdEXOzudLQLJ5',
    '$y$jFT$saltsalt$8wxXLgkIiaRu.GzBgXPoMkkBLRgrRF4Jk2NvOxPmK6A',
  ])('cannot be %j', (text) => {
    expect(isPasswordHash(text)).toBe(false);
  });
});

describe('the realm', () => {
  const key = realm({ doc: '' });

  it('has dashes for blanks', () => {
    expect(parse(key, ' Staff only ')).toBe('Staff-only');
  });

  it.each(['', ' ', 'a "b"', "a'b", 'a\\b', 'grün', 'a\tb', 'x'.repeat(101)])('cannot be %j', (text) => {
    expect(() => parse(key, text)).toThrow();
  });
});

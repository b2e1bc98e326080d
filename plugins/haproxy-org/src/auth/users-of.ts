import { hasControl, quote, type ReferredSecret, type Refusal, refuse, SecretText } from '@signalbox/core';
import { acceptedHashes, isPasswordHash } from './password-hash.js';

/** The users of a Secret and the hashes of their passwords. One line end is removed from a value; a user without a value cannot log in. */
export function usersOf({ data }: ReferredSecret): ReadonlyMap<string, SecretText> | Refusal {
  const users = new Map<string, SecretText>();
  for (const [user, value] of Object.entries(data)) {
    const hash = value.reveal().replace(/\r?\n$/, '');
    if (hash === '') continue;
    if (user.includes(':') || hasControl(user))
      return refuse('names of users without colons and control characters', `the key ${quote(user)}`);
    if (!isPasswordHash(hash)) return refuse(acceptedHashes, `something else under the key ${quote(user)}`);
    users.set(user, new SecretText(hash));
  }
  return users.size > 0 ? users : refuse(`users as keys, and as values ${acceptedHashes}`, 'no user');
}

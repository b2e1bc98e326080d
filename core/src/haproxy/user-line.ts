import type { SecretText } from '../secret-text.js';
import { type Directive, haproxy } from './emitter/index.js';

/** A user of a `userlist`, with the hash (crypt(3)) of the password. @throws {@link SignalboxError} `EMITTER_REFUSED`, without the hash. */
export function userLine(user: string, password: SecretText): Directive {
  return haproxy`user ${user} password ${password}`;
}

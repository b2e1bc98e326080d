import { hash } from 'node:crypto';
import { inspect } from 'node:util';

/**
 * Text that must not be seen: a private key, a password. Prints as `[redacted]` everywhere; only the writer of a file asks for
 * what it holds. Two with the same text are equal, by hash.
 * @public
 */
export class SecretText {
  readonly #text: string;
  /** SHA-256 of the text, in hex. */
  readonly hash: string;

  constructor(text: string) {
    this.#text = text;
    this.hash = hash('sha256', text);
  }

  /** The text itself. For those who write it where HAProxy reads it, and nobody else. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  static {
    Object.defineProperty(SecretText.prototype, inspect.custom, { value: () => '[redacted]' });
  }
}

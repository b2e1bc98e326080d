import { mark } from './brand.js';
import { refusal } from './refusal.js';

const form = /^\/?[A-Za-z0-9_@+][A-Za-z0-9_.@+-]*(?:\/[A-Za-z0-9_@+][A-Za-z0-9_.@+-]*)*$/;

/**
 * The name of a file that HAProxy opens, by its author's word and never by a cluster's: a plain string is refused where HAProxy opens a
 * file. Elements start with a letter, digit or one of `_ @ +`; there is no `..`, no blank, no hidden file. See {@link fileName} for names
 * made from data.
 * @public
 */
export class Path {
  /** As HAProxy sees it: relative to the configuration directory, or absolute. */
  readonly text: string;

  /** Whether it is one. */
  static takes(text: string): boolean {
    return typeof text === 'string' && text.length <= 1024 && form.test(text);
  }

  /** @throws {@link SignalboxError} `EMITTER_REFUSED` for any other form. */
  constructor(text: string) {
    if (!Path.takes(text)) {
      throw refusal(
        'form',
        'Expected a file name of letters, digits and "_ . @ + - /", no element of which starts with "." or "-".',
        undefined,
        text,
      );
    }
    this.text = text;
    mark(this, 'Path');
  }

  /** The name itself. */
  toString(): string {
    return this.text;
  }
}

import { mark } from './brand.js';
import { refusal } from './refusal.js';

/** What HAProxy permits in names. */
export const nameForm: RegExp = /^[A-Za-z0-9_.:-]+$/;

/** Names that an ACL cannot have: words that a condition reads otherwise, or that HAProxy defines. */
export const reservedAclName: RegExp = /^(?:or|and|if|unless|TRUE|FALSE)$/i;

/** The checked name of a proxy, a server, an ACL or another thing that HAProxy names. @public */
export class Name {
  /** Letters, digits and `_ . : -` only. */
  readonly text: string;

  /** @throws {@link SignalboxError} `EMITTER_REFUSED` if HAProxy does not permit one of the characters. */
  constructor(text: string) {
    if (typeof text !== 'string' || !nameForm.test(text)) {
      throw refusal('form', 'A name in HAProxy has letters, digits and "_", ".", ":", "-" only.', undefined, text);
    }
    this.text = text;
    mark(this, 'Name');
  }

  /** The name itself. */
  toString(): string {
    return this.text;
  }
}

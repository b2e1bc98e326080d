import type { Path } from './path.js';
import { refusal } from './refusal.js';

/** An option of one line of a crt-list, such as `alpn h2,http/1.1`. @public */
export interface CrtListOption {
  readonly keyword: string;
  /** Absent for flags. */
  readonly value?: string | Path;
}

/** One line of a crt-list. @public */
export interface CrtListEntry {
  /** The certificate, by the name under which HAProxy has it. */
  readonly file: Path;
  readonly options?: readonly CrtListOption[];
  /** Host names, `*.example.com` for one label, `!name` for an exception. None: those in the certificate. */
  readonly names?: readonly string[];
}

const where = { place: 'a line of a crt-list' };
const hostName = /^!?(?:\*|(?:\*\.)?[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*)$/;

/**
 * One line of a crt-list, without its end. A crt-list has no quoting: what it cannot hold is refused.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` for an option of another form, or a name that no host can have (international names
 * come as `xn--`).
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#5.1-crt-list | HAProxy: crt-list}
 * @public
 */
export function crtListRow({ file, options = [], names = [] }: CrtListEntry): string {
  const shown = options.map(({ keyword, value }) =>
    value === undefined ? option(keyword) : `${option(keyword)} ${option(String(value))}`,
  );
  for (const found of names) {
    if (found.length > 255 || !hostName.test(found))
      throw refusal('form', 'Expected a host name, or "*." and one, in letters, digits, "-" and "_".', where, found);
  }
  return [file.text, ...(shown.length === 0 ? [] : [`[${shown.join(' ')}]`]), ...names].join(' ');
}

function option(text: string): string {
  if (/^[A-Za-z0-9_@+!][A-Za-z0-9_.,:/@+!-]*$/.test(text)) return text;
  throw refusal('form', 'An option of a crt-list has no blanks, quotes or brackets.', where, text);
}

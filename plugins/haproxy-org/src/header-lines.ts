import { type Key, type KeyOptions, lines } from '@signalbox/core';

/** A header and the text that it is set to. */
export interface HeaderLine {
  readonly name: string;
  readonly value: string;
}

/** What says where a message ends and what becomes of the connection: HAProxy's own business. */
const ofTheConnection = [
  'Connection',
  'Content-Length',
  'HTTP2-Settings',
  'Keep-Alive',
  'Proxy-Connection',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'Upgrade',
];
const refused = new Set(ofTheConnection.map((name) => name.toLowerCase()));

/**
 * Headers to set, one `NAME VALUE` a line. One pair of double quotes around a whole value is removed; the rest is literal text.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#name-field-names | RFC 9110: field names}
 */
export function headerLines(options: KeyOptions): Key<readonly HeaderLine[] | undefined> {
  const accepts = `lines of the form "NAME VALUE", where NAME is the name of a header, and none of ${ofTheConnection.join(', ')}`;
  return lines(options, { type: 'headers', accepts }, parse);
}

function parse(line: string): HeaderLine | undefined {
  const [, name = '', text = ''] = /^([!#$%&'*+\-.^_`|~\w]+) +(.+)$/.exec(line) ?? [];
  if (name === '' || refused.has(name.toLowerCase())) return undefined;
  return { name, value: /^".*"$/.test(text) && text.length > 1 ? text.slice(1, -1) : text };
}

import type { Key, KeyOptions, WithFallback } from '@signalbox/core';
import { parsed } from './parsed.js';

/**
 * The name of a header.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#name-field-names | RFC 9110: field names}
 */
export function headerName<const O extends KeyOptions>(options: O): Key<WithFallback<string, O>> {
  const accepts = 'the name of a header, such as "X-Real-IP"';
  return parsed<string, O>(options, { type: 'header', accepts }, (text) => {
    const name = text.trim();
    return /^[!#$%&'*+\-.^_`|~\w]{1,200}$/.test(name) ? name : undefined;
  });
}

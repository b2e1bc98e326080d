import type { Key, KeyOptions, WithFallback } from '@signalbox/core';
import { parsed } from '../parsed.js';

/** Name of a protected area. It comes to browsers in quotes, which HAProxy writes and does not escape. */
export function realm<const O extends KeyOptions>(options: O): Key<WithFallback<string, O>> {
  const accepts = 'up to 100 letters, digits and signs of ASCII without quotes and backslashes';
  return parsed<string, O>(options, { type: 'text', accepts }, (text) => {
    const area = text.trim().replaceAll(' ', '-');
    return /^[!-~]{1,100}$/.test(area) && !/["'\\]/.test(area) ? area : undefined;
  });
}

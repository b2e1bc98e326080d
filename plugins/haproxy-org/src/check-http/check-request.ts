import type { Key, KeyOptions } from '@signalbox/core';
import { parsed } from '../parsed.js';

/** The request of a health check. */
export interface CheckRequest {
  readonly method: string;
  readonly uri: string;
  readonly version?: string;
}

const accepts = 'URI, METHOD URI or METHOD URI VERSION, such as "/ready", "GET /ready" or "HEAD /ready HTTP/1.1"';

/** What a health check asks, as words separated by blanks. */
export function checkRequest(options: KeyOptions): Key<CheckRequest | undefined> {
  return parsed(options, { type: 'check', accepts }, parse);
}

function parse(text: string): CheckRequest | undefined {
  const words = text.trim().split(/ +/);
  // HAProxy itself asks by OPTIONS where only a URI is given.
  const [method, uri, version, ...rest] = words.length === 1 ? ['OPTIONS', ...words] : words;
  if (method === undefined || uri === undefined || rest.length > 0) return undefined;
  const isMethod = /^[A-Z]{1,20}$/.test(method);
  const isUri = /^\/[!-~]*$/.test(uri) || (uri === '*' && method === 'OPTIONS');
  const isVersion = version === undefined || /^HTTP\/1\.[01]$/.test(version);
  return isMethod && isUri && isVersion ? { method, uri, ...(version !== undefined && { version }) } : undefined;
}

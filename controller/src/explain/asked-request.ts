import { isIP } from 'node:net';
import type { IncomingRequest } from '@signalbox/core';
import { badUseError } from '../command-error.js';

/** A request as somebody typed it, as far as it matters where it goes. */
export interface AskedRequest extends IncomingRequest {
  readonly method: string;
  readonly url: string;
}

export interface RequestFlags {
  readonly header?: readonly string[];
  readonly source?: string;
}

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/**
 * The request that a client would send for a URL. Its path stays as it was typed: dot segments, doubled slashes and all.
 * @throws {@link CommandError} for what no client would send.
 */
export function askedRequest(method: string, url: string, { header = [], source }: RequestFlags): AskedRequest {
  if (!token.test(method) || method.toUpperCase() === 'CONNECT')
    throw badUseError(`Expected a method such as GET, found ${JSON.stringify(method)}. Use: explain METHOD URL.`);
  const { scheme, host, target } = partsOf(url);
  const headers = header.map(headerOf);
  const hosts = headers.filter(([name]) => name === 'host');
  if (hosts.length > 1) throw badUseError('The header Host is given twice; HAProxy answers 400 to such a request. Give it once.');
  if (source !== undefined && isIP(source) === 0)
    throw badUseError(`--source: expected an IPv4 or IPv6 address, found ${JSON.stringify(source)}.`);
  return { method, url, scheme, target, host: hosts[0]?.[1] ?? host, ...(source !== undefined && { source }) };
}

const urlForm = /^(https?):\/\/([^/?#]*)([^#]*)/i;
const authority = /^(?:[\w.~!$&'()*+,;=%-]+|\[[0-9a-f:.]+\])(?::\d*)?$/i;

function partsOf(url: string): Pick<AskedRequest, 'scheme' | 'host' | 'target'> & { readonly host: string } {
  const [, scheme = '', host = '', rest = ''] = urlForm.exec(url) ?? [];
  if (scheme === '') throw badUrl(url, 'http://HOST/PATH or https://HOST/PATH');
  if (host.includes('@')) throw badUrl(url, 'a URL without a user name; give a header instead (-H)');
  if (!authority.test(host)) throw badUrl(url, 'a host name or an address after "//", IPv6 in brackets');
  if (!/^[!-~]*$/.test(rest)) throw badUrl(url, 'a path of visible ASCII characters; percent-encode all others');
  const isSecure = scheme.toLowerCase() === 'https';
  return { scheme: isSecure ? 'https' : 'http', host, target: rest.startsWith('/') ? rest : `/${rest}` };
}

function badUrl(url: string, expected: string): Error {
  return badUseError(`Found the URL ${JSON.stringify(url)}; expected ${expected}.`);
}

/** Name in lower case, and value. */
function headerOf(text: string): readonly [string, string] {
  const colon = text.indexOf(':');
  const [name, value] = [text.slice(0, colon), text.slice(colon + 1).trim()];
  if (colon < 0 || !token.test(name) || /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value))
    throw badUseError(`-H: expected "NAME: VALUE", found ${JSON.stringify(text)}.`);
  return [name.toLowerCase(), value];
}

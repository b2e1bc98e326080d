import type { Key, KeyOptions } from '@signalbox/core';
import { parsed } from '../parsed.js';

const accepts =
  'roundrobin, static-rr, leastconn, first, source, random, random(N), uri [whole] [path-only] [len N] [depth N], ' +
  'url_param NAME [check_post], hdr(NAME) [use_domain_only], rdp-cookie or rdp-cookie(NAME)';

/** A balancing algorithm with its parameters, as HAProxy's words. */
export function algorithm(options: KeyOptions & { readonly fallback: string }): Key<readonly string[]> {
  return parsed(options, { type: 'algorithm', accepts }, (text) => parse(text.trim().split(/ +/)));
}

const withoutParameters = new Set(['roundrobin', 'static-rr', 'leastconn', 'first', 'source', 'random', 'rdp-cookie']);

/** What every HAProxy from 2.6 on takes; the words themselves where they are right. */
function parse(words: readonly string[]): readonly string[] | undefined {
  const [name = '', ...rest] = words;
  if (rest.length === 0 && (withoutParameters.has(name) || /^rdp-cookie\([\w.-]+\)$/.test(name) || isRandom(name))) return words;
  if (name === 'uri') return isUri(rest) ? words : undefined;
  if (name === 'url_param') return urlParam(rest);
  const isHeader = /^hdr\([\w.-]+\)$/.test(name) && (rest.length === 0 || (rest.length === 1 && rest[0] === 'use_domain_only'));
  return isHeader ? words : undefined;
}

function isRandom(word: string): boolean {
  const [, draws = ''] = /^random\((\d{1,4})\)$/.exec(word) ?? [];
  return Number(draws) >= 1;
}

function isUri(words: readonly string[]): boolean {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === 'whole' || word === 'path-only') continue;
    if (word !== 'len' && word !== 'depth') return false;
    if (!/^[1-9]\d{0,5}$/.test(words[++at] ?? '')) return false;
  }
  return true;
}

/** HAProxy ignores the number that may follow `check_post`, so it is left out; it refuses `max_wait`. */
function urlParam([name = '', modifier, bytes, ...rest]: readonly string[]): readonly string[] | undefined {
  const isName = /^[\w.-]+$/.test(name);
  const isModifier =
    (modifier === undefined || modifier === 'check_post') && (bytes === undefined || /^\d+$/.test(bytes)) && rest.length === 0;
  return isName && isModifier ? ['url_param', name, ...(modifier === undefined ? [] : [modifier])] : undefined;
}

import { type AnyFamily, type Directive, type Key, Path, renderDirective, type RouteTarget, sample } from '@signalbox/core';

/** What a family added, and the lists that it asked for. */
export interface Applied {
  readonly lines: readonly string[];
  readonly lists: Readonly<Record<string, readonly string[]>>;
}

/** Applies a family to what a user wrote, on a target that keeps what it is given. Keys that are not set have their fallback. */
export function applied(
  family: AnyFamily,
  texts: Readonly<Record<string, string>> = {},
  facts: Partial<Pick<RouteTarget, 'tls' | 'httpsPort'>> = {},
): Applied {
  const keys = Object.entries(family.keys as Readonly<Record<string, Key>>);
  const values = Object.fromEntries(keys.map(([name, key]) => [name, valueOf(key, texts[name])]));
  const added: Directive[] = [];
  const lists: Record<string, readonly string[]> = {};
  const section = { add: (directive: Directive) => void added.push(directive) };
  const route: RouteTarget = {
    ...section,
    list: (name, entries) => {
      lists[name] = entries;
      return new Path(['patterns', name].join('/'));
    },
    addressFile: (name) => new Path(['patterns', name].join('/')),
    track: () => sample`sc0_http_req_rate(counters)`,
    users: () => sample`http_auth(users)`,
    tls: false,
    httpsPort: 8443,
    isTls: sample`ssl_fc`,
    ...facts,
  };
  const certificate = (name: string): Path => new Path(['certs', name].join('/'));
  const listener = { ...section, statistics: section, trust: () => undefined };
  const https = { clientAuthorities: () => undefined };
  family.apply(values, { global: section, defaults: section, pool: { ...section, certificate }, route, listener, https });
  return { lines: added.map(renderDirective), lists };
}

/** What a text means for a key. */
export function parse(key: Key, text: string): unknown {
  const result = key.schema['~standard'].validate(text);
  if (result instanceof Promise || result.issues !== undefined) throw new TypeError(key.accepts);
  return result.value;
}

function valueOf(key: Key, text: string | undefined): unknown {
  if (key.options.gathered === true) return text === undefined ? [] : [parse(key, text)];
  if (text !== undefined) return parse(key, text);
  return key.options.fallback === undefined ? undefined : parse(key, String(key.options.fallback));
}

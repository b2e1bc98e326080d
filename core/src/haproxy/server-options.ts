import type { Directive } from './emitter/index.js';
import type { SectionRow } from './rows.js';

/** What a backend gives to its servers. */
export interface ServerOptions {
  /** Words of `default-server`, in the order in which they count. */
  readonly words: readonly string[];
  readonly isChecked: boolean;
}

/** A word that means the same in haproxy.cfg and in a command of the Runtime API, which has another quoting. */
const plainWord = /^[\w.,:/@+=()[\]-]+$/;

/**
 * The options that a server which is added to a running HAProxy has to be given, since `add server` takes none from its backend.
 * `undefined` where they cannot be said in a command.
 * @see {@link https://docs.haproxy.org/3.2/management.html#9.3-add%20server | HAProxy: add server}
 */
export function serverOptions(sections: readonly (SectionRow | undefined)[]): ServerOptions | undefined {
  const words = directivesOf(sections).flatMap((directive) => (directive.words[0] === 'default-server' ? directive.words.slice(1) : []));
  const isChecked = words.findLast((word) => word === 'check' || word === 'no-check') === 'check';
  return words.every((word) => plainWord.test(word)) ? { words: words.filter((word) => word !== 'no-check'), isChecked } : undefined;
}

/** Those that look at the servers of the moment, whatever their number. */
const dynamic = new Set(['roundrobin', 'leastconn', 'first', 'random']);

/**
 * Whether a running HAProxy takes new servers into a backend: not where its algorithm has a table of all servers.
 * @see {@link https://docs.haproxy.org/3.2/configuration.html#4.2-balance | HAProxy: balance}
 */
export function takesServers(sections: readonly (SectionRow | undefined)[]): boolean {
  const directives = directivesOf(sections);
  const last = (keyword: string): readonly string[] | undefined => directives.findLast(({ words }) => words[0] === keyword)?.words;
  const [, algorithm = 'roundrobin'] = last('balance') ?? [];
  if (dynamic.has(algorithm.replace(/\(.*/, ''))) return true;
  return algorithm !== 'static-rr' && last('hash-type')?.[1] === 'consistent';
}

function directivesOf(sections: readonly (SectionRow | undefined)[]): readonly Directive[] {
  return sections.flatMap((section) => (section?.directives ?? []).map(({ directive }) => directive));
}

import { checkedDirective, checkedEntries } from '../../annotation/check-said.js';
import type { HttpsTarget, ListenerTarget } from '../../annotation/family.js';
import type { ScopeTables } from '../../annotation/scope-tables.js';
import { settingOrigin } from '../../annotation/setting-origin.js';
import { applyFamily, isSet, merge } from '../../annotation/settings.js';
import type { FamilyEntry, Vocabulary } from '../../annotation/vocabulary.js';
import type { Origin } from '../../resource/origin.js';
import type { Read } from '../../table/index.js';
import { fileName } from '../emitter/index.js';
import { owned, refusing } from '../owned-directive.js';
import type { CertificateRow, OwnedDirective } from '../rows.js';

/** Who signs the certificates of clients. */
export interface ClientAuthorities {
  readonly file: CertificateRow;
  readonly verify: 'required' | 'optional';
}

/** Clients whose forwarding headers are believed. */
interface TrustedSources {
  readonly networks: readonly string[];
  readonly origin?: Origin;
}

/** What families say about the frontends. */
export interface ListenerSettings {
  /** For the frontends of HTTP and HTTPS. */
  readonly directives: readonly OwnedDirective[];
  readonly statistics: readonly OwnedDirective[];
  readonly trusted?: TrustedSources;
  readonly authorities?: ClientAuthorities;
  /** What refuses every request, where a guard cannot be used: `listener` those of all these, `https` those over TLS. */
  readonly closed: { readonly listener: readonly OwnedDirective[]; readonly https: readonly OwnedDirective[] };
}

/** Asks the families on listeners. */
export function listenerSettings(read: Read, values: ScopeTables, vocabulary: Vocabulary): ListenerSettings {
  const said = [...ask('listener', read, values, vocabulary), ...ask('https', read, values, vocabulary)];
  const trusted = said.findLast((each) => each.trusted !== undefined)?.trusted;
  const authorities = said.findLast((each) => each.authorities !== undefined)?.authorities;
  return {
    directives: said.flatMap((each) => each.directives),
    statistics: said.flatMap((each) => each.statistics),
    ...(trusted && { trusted }),
    ...(authorities && { authorities }),
    closed: { listener: closing('listener', said), https: closing('https', said) },
  };
}

/** What one family says. */
interface Said {
  readonly on: 'listener' | 'https';
  readonly directives: OwnedDirective[];
  readonly statistics: OwnedDirective[];
  trusted?: TrustedSources;
  authorities?: ClientAuthorities;
  readonly closed: OwnedDirective[];
}

function closing(on: Said['on'], said: readonly Said[]): readonly OwnedDirective[] {
  return said
    .filter((each) => each.on === on)
    .flatMap((each) => each.closed)
    .slice(0, 1);
}

function ask(on: Said['on'], read: Read, values: ScopeTables, vocabulary: Vocabulary): Said[] {
  const layers = values.global(read, on);
  return vocabulary.on(on).map((entry) => {
    const merged = merge(entry, layers);
    const object = isSet(entry, layers, ['global']) ? layers.global?.object : undefined;
    const origin = settingOrigin(entry, merged, object);
    const said: Said = { on, directives: [], statistics: [], closed: [] };
    const target = { listener: listenerTarget(said, origin), https: httpsTarget(said, entry, origin) };
    const outcome = applyFamily(entry, merged, target, object, read.note);
    if (outcome === 'applied' && merged.closedBy === undefined) return said;
    const isClosed = outcome === 'closed' || merged.closedBy !== undefined;
    return { on, directives: [], statistics: [], closed: isClosed ? [refusing(origin)] : [] };
  });
}

function listenerTarget(said: Said, origin: Origin | undefined): ListenerTarget {
  return {
    add: (directive) => void said.directives.push(owned(checkedDirective(directive), origin)),
    statistics: { add: (directive) => void said.statistics.push(owned(checkedDirective(directive), origin)) },
    trust: (networks) => {
      said.trusted = { networks: checkedEntries(networks), ...(origin && { origin }) };
    },
  };
}

function httpsTarget(said: Said, entry: FamilyEntry, origin: Origin | undefined): HttpsTarget {
  return {
    clientAuthorities: (pem, verify) => {
      const file = `certs/${fileName([entry.id, 'client-authorities'], 'pem')}`;
      said.authorities = { file: { type: 'certificate', file, pem, ...(origin && { origin }) }, verify };
    },
  };
}

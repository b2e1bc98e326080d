import { type Diagnostic, quote } from '../resource/diagnostic.js';
import { formatRef } from '../resource/resource.js';
import type { DerivedTable, Group, Table, Tables } from '../table/index.js';
import type { Owner } from './model.js';
import type { Origin } from '../resource/origin.js';

/** Something of which there is one, and which several objects may ask for. */
export interface Claim {
  readonly owner: Owner;
  readonly origin: Origin;
}

/**
 * Decides claims: of all that ask for the same thing, the oldest object has it, and the losers are told. Within one object the
 * first field wins. Returns the winners by what they claimed.
 */
export function decideClaims<C extends Claim>(
  tables: Tables,
  name: string,
  from: readonly Table<C>[],
  what: { readonly of: (claim: C) => string; readonly words: (claim: C) => string; readonly isSame?: (a: C, b: C) => boolean },
): DerivedTable<C> {
  const byThing = tables.group<C>(`${name}: claims`, from, { by: what.of, order: (claim) => claim.owner.age });
  const winners = tables.derive<Group<C>, C>(`${name}: winners`, byThing, (claims, _read, thing) => {
    const first = claims.first();
    return first === undefined ? [] : [[thing, first]];
  });
  for (const [at, table] of from.entries()) {
    tables.derive<C, never>(`${name}: losers ${at}`, table, (claim, read) => {
      const winner = read(winners, what.of(claim));
      if (winner === undefined || isItself(winner, claim) || what.isSame?.(winner, claim)) return [];
      // The operator's default gives way without a word.
      if (claim.owner.name !== undefined) read.note(lost(claim, winner, what.words(claim)));
      return [];
    });
  }
  return winners;
}

function isItself(a: Claim, b: Claim): boolean {
  return a.owner.key === b.owner.key && a.origin.field === b.origin.field;
}

function lost(claim: Claim, winner: Claim, words: string): Diagnostic {
  const same = winner.owner.key === claim.owner.key;
  return {
    severity: same ? 'warning' : 'error',
    code: 'CLAIM_LOST',
    object: claim.origin.object,
    ...(claim.origin.field !== undefined && { field: claim.origin.field }),
    message: same
      ? `${words} stands twice in this object; ${quote(winner.origin.field ?? '')} counts.`
      : `${words} already belongs to ${formatRef(winner.origin.object)}, which is older. This one has no effect; choose another, or remove the other.`,
  };
}

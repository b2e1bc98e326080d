import { type Diagnostic, quote } from '../resource/diagnostic.js';
import { formatRef } from '../resource/resource.js';
import type { DerivedTable, Read, Table, Tables } from '../table/index.js';
import type { Owner } from './model.js';
import type { Origin } from '../resource/origin.js';

/** Something of which there is one, and which several objects may ask for. */
export interface Claim {
  readonly owner: Owner;
  readonly origin: Origin;
}

/** What claims are about. */
export interface Claimed<C> {
  /** Identity of what is claimed. */
  readonly of: (claim: C) => string;
  /** The same for people. */
  readonly words: (claim: C) => string;
  /** Whether it makes no difference which of two claims holds. */
  readonly isSame?: (a: C, b: C) => boolean;
}

/** Claims, decided. */
export interface Decided<C> {
  /** The claims that hold, by what is claimed. */
  readonly winners: DerivedTable<C>;
  /** Those of an object's claims that hold; its owner is told of the others. To be asked once for each object. */
  readonly standing: (this: void, read: Read, claims: Iterable<C>) => C[];
}

/**
 * Decides claims: of all that ask for the same thing, the oldest object has it. Within one object the first claim counts.
 *
 * The keys of `from` begin with the age of the owner. Of rows with one key the tables let that of the smallest input key stand, so
 * that the oldest wins without anybody looking at the others.
 */
export function decideClaims<S, C extends Claim>(
  tables: Tables,
  name: string,
  from: Table<S>,
  claimsOf: (row: S) => Iterable<C>,
  what: Claimed<C>,
): Decided<C> {
  const winners = tables.derive<S, C>(name, from, (row) => {
    const firsts = new Map<string, C>();
    for (const claim of claimsOf(row)) if (!firsts.has(what.of(claim))) firsts.set(what.of(claim), claim);
    return firsts;
  });
  const holds = (read: Read, claim: C): boolean => {
    const winner = read(winners, what.of(claim));
    if (winner === undefined || isItself(winner, claim)) return true;
    // The operator's default gives way without a word.
    if (what.isSame?.(winner, claim) !== true && claim.owner.name !== undefined) read.note(lost(claim, winner, what.words(claim)));
    return false;
  };
  return { winners, standing: (read, claims) => [...claims].filter((claim) => holds(read, claim)) };
}

/** Whether both are one claim of one object. */
export function isItself(a: Claim, b: Claim): boolean {
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
      : `${words} already belongs to ${formatRef(winner.origin.object)}, which comes first (by age, then by name). This one has no effect; choose another, or remove the other.`,
  };
}

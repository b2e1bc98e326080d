import type { CounterTable } from '../haproxy/counter-table.js';
import type { ListRow, OwnedDirective, SectionRow } from '../haproxy/rows.js';
import type { Route } from './model.js';

/** Rules that hold for the requests of some routes; equal ones of several owners are one set in each pool. */
export interface RuleSet {
  /** Hash of the rules; empty where there are none. */
  readonly id: string;
  readonly rules: readonly OwnedDirective[];
  readonly lists: readonly ListRow[];
  /** The tables in which its rules count. */
  readonly tables: readonly CounterTable[];
  readonly userlists: readonly SectionRow[];
  /** The owner says who may pass, or all is closed: what leads around it is to be refused. */
  readonly isGuarded: boolean;
}

/** Identity of a rule set's owner. */
export function ruleOwnerKey({ owner, tls }: Pick<Route, 'owner' | 'tls'>): string {
  return [tls ? 'tls' : 'any', owner.key].join(' ');
}

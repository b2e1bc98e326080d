import type { DerivedTable, Group, Table, Tables } from '../table/index.js';
import { type Claim, decideClaims } from './claims.js';
import type { Translation } from './draft.js';

/** A response in place of HAProxy's own answers with a status. */
export interface ErrorFile extends Claim {
  readonly status: number;
  readonly response: string;
}

/** A file of patterns that rules and lines of HAProxy name. */
export interface PatternFile extends Claim {
  readonly name: string;
  readonly patterns: readonly string[];
  /** Whether all patterns are addresses or networks. */
  readonly areAddresses: boolean;
}

/** The files that hold. */
export interface OperatorFiles {
  /** By status. */
  readonly errors: DerivedTable<ErrorFile>;
  /** By name. */
  readonly patterns: DerivedTable<PatternFile>;
}

/** Of several objects that give a file, the oldest does. */
export function decideFiles(tables: Tables, translations: Table<Group<Translation>>): OperatorFiles {
  const errorsOf = (group: Group<Translation>): ErrorFile[] => [...group.members()].flatMap(({ errorFiles = [] }) => errorFiles);
  const patternsOf = (group: Group<Translation>): PatternFile[] => [...group.members()].flatMap(({ patternFiles = [] }) => patternFiles);
  const errors = decideClaims<Group<Translation>, ErrorFile>(tables, 'error files', translations, errorsOf, {
    of: ({ status }) => String(status),
    words: ({ status }) => `The error file of status ${status}`,
  });
  const patterns = decideClaims<Group<Translation>, PatternFile>(tables, 'pattern files', translations, patternsOf, {
    of: ({ name }) => name,
    words: ({ name }) => `The pattern file "${name}"`,
  });
  return {
    errors: tables.derive('error files: standing', translations, (group, read) =>
      errors.standing(read, errorsOf(group)).map((each) => [String(each.status), each]),
    ),
    patterns: tables.derive('pattern files: standing', translations, (group, read) =>
      patterns.standing(read, patternsOf(group)).map((each) => [each.name, each]),
    ),
  };
}

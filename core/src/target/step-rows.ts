import { routeMaps } from '../haproxy/compile/route-rows.js';
import type { CertificateRow, HaproxyRow, MapRow, OwnedDirective, SectionRow } from '../haproxy/rows.js';
import { objectId } from '../resource/resource.js';
import type { Step } from './plan.js';

/** Whether a file holds a key too: what has none is of authorities. */
export function isKeyed({ pem }: CertificateRow): boolean {
  return pem.reveal().includes('PRIVATE KEY-----');
}

/** The row that a step is about. */
export function rowOf({ after, before }: Step): HaproxyRow {
  return (after ?? before) as HaproxyRow;
}

/** What a step brings that is new in a backend. */
export function newDirectives({ before, after }: Step): readonly OwnedDirective[] {
  if (after?.type !== 'section' || after.kind !== 'backend') return [];
  const known = new Set(before?.type === 'section' ? before.directives.map(textOf) : []);
  return after.directives.filter((each) => !known.has(textOf(each)));
}

function textOf({ directive }: OwnedDirective): string {
  return directive.words.join(' ');
}

/** By which name others know what a step is about. */
export function nameOf(step: Step): string {
  const row = rowOf(step);
  return ('file' in row ? row.file : row.type === 'section' ? row.name : undefined) ?? '';
}

export function isOfBackend(step: Step): boolean {
  return (rowOf(step) as SectionRow).kind === 'backend';
}

const nameInWord = /[^\s(),]+/g;

export function namesAny({ from, directives }: SectionRow, names: ReadonlySet<string>): boolean {
  if (names.size === 0) return false;
  if (from !== undefined && names.has(from)) return true;
  return directives.some(({ directive }) => directive.words.some((word) => word.match(nameInWord)?.some((name) => names.has(name))));
}

export function typeOf(step: Step): HaproxyRow['type'] {
  return rowOf(step).type;
}

/** As a host begins the keys of its paths. */
export function hostOf({ map, key, value }: MapRow): string {
  if (map === routeMaps.host || map === routeMaps.wildcard) return value;
  const slash = key.indexOf('/');
  return slash < 0 ? key : key.slice(0, slash);
}

export function objectOf({ after, before }: Step): string | undefined {
  const origin = (after ?? before)?.origin;
  return origin && objectId(origin.object);
}

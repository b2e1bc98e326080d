import { stripVTControlCharacters } from 'node:util';
import type { AnnotationSet, Family, Key, KnownKey, Plugin, Scope, Targets } from '@signalbox/core';
import { tokens } from '@signalbox/inversify';
import { Container } from 'inversify';
import { painter } from '../cli/painter.js';
import { readingParts } from '../parts.js';

export interface AnnotationsFlags {
  readonly json?: boolean;
}

/** One key, as `annotations --json` prints it. */
export interface AnnotationRecord {
  readonly key: string;
  readonly aliases: readonly string[];
  readonly scopes: readonly Scope[];
  /** `null` for keys without effect. */
  readonly on: keyof Targets | null;
  readonly type: string;
  /** The accepted values where they can be listed, else `null`. */
  readonly values: readonly string[] | null;
  readonly default: string | number | boolean | null;
  readonly guard: boolean;
  readonly doc: string;
  readonly status: 'supported' | 'refused' | 'dead';
  readonly reason?: string;
}

/** Prints the keys of the plugins that we are composed of. */
export async function annotations({ json = false }: AnnotationsFlags): Promise<number> {
  const container = new Container();
  container.load(readingParts({ paths: [] }));
  const plugins = container.getAll<Plugin>(tokens.plugin);
  const records = annotationRecords(plugins);
  process.stdout.write(json ? `${JSON.stringify(records, undefined, 2)}\n` : readable(plugins, records));
  return 0;
}

type Keys = Readonly<Record<string, Key>>;

export function annotationRecords(plugins: readonly Plugin[]): AnnotationRecord[] {
  return setsOf(plugins)
    .flatMap((set) => [...supported(set), ...(set.withoutEffect ?? []).map(withoutEffect)])
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function setsOf(plugins: readonly Plugin[]): readonly AnnotationSet[] {
  return plugins.flatMap((plugin) => plugin.annotations ?? []);
}

function supported({ families }: AnnotationSet): AnnotationRecord[] {
  // The keys of families of any kind: what their values are does not matter here.
  return (families as readonly Family<Keys>[]).flatMap(({ keys, scopes, on }) =>
    Object.entries(keys).map(([key, { type, values, options }]) => ({
      key,
      aliases: options.aliases ?? [],
      scopes,
      on,
      type,
      values: values ?? null,
      default: options.fallback ?? null,
      guard: options.guard ?? false,
      doc: options.doc,
      status: 'supported' as const,
    })),
  );
}

function withoutEffect({ key, scopes, type, doc, status, reason, guard = false }: KnownKey): AnnotationRecord {
  return { key, aliases: [], scopes, on: null, type, values: null, default: null, guard, doc, status, reason };
}

function readable(plugins: readonly Plugin[], records: readonly AnnotationRecord[]): string {
  const paint = painter(process.stdout);
  const prefixes = setsOf(plugins).flatMap((set) => set.prefixes.filter((prefix) => prefix !== ''));
  const rows = records.map(({ key, scopes, type, values, default: fallback, status, reason, doc }) => [
    status === 'supported' ? paint.bold(key) : paint.dim(key),
    scopes.join(' '),
    values === null ? type : values.join('|'),
    fallback === null ? '-' : String(fallback),
    status === 'supported' ? doc : paint.yellow(`${status}: ${reason ?? ''}`),
  ]);
  const head = ['KEY', 'SCOPES', 'VALUES', 'DEFAULT', 'MEANING'].map(paint.dim);
  return `${table([head, ...rows])}\nKeys stand with a prefix (${prefixes.join(', ')}) on objects, and without one in the ConfigMap.\n`;
}

/** Columns as wide as what stands in them; the last is left as it is. */
function table(rows: readonly (readonly string[])[]): string {
  const width = (text: string): number => stripVTControlCharacters(text).length;
  const widths = rows[0]?.map((_, at) => Math.min(40, Math.max(...rows.map((row) => width(row[at] ?? ''))))) ?? [];
  const cell = (text: string, at: number, row: readonly string[]): string =>
    at === row.length - 1 ? text : text + ' '.repeat(Math.max(0, (widths[at] ?? 0) - width(text)));
  return rows.map((row) => `${row.map(cell).join('  ')}\n`).join('');
}

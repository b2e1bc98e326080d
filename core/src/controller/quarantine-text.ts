import { revealingJson } from '../concealed.js';
import type { QuarantineEntry } from './quarantine-entry.js';

const version = 1;

/** What is kept of a quarantine over a restart. It holds objects, Secrets too: for the owner's eyes only. */
export function quarantineText(entries: Iterable<QuarantineEntry>): string {
  return revealingJson({ version, entries: [...entries] });
}

/** Reads that again; what cannot be read is nothing. */
export function parseQuarantine(text: string | undefined): readonly QuarantineEntry[] {
  if (text === undefined) return [];
  try {
    const kept = JSON.parse(text) as { readonly version?: unknown; readonly entries?: unknown };
    return kept.version === version && Array.isArray(kept.entries) ? (kept.entries as unknown[]).filter(isEntry) : [];
  } catch {
    return [];
  }
}

function isEntry(value: unknown): value is QuarantineEntry {
  const { ref, standIn, insteadOf, fields, kept } = (value ?? {}) as Partial<QuarantineEntry>;
  const isObject = (part: unknown): boolean => typeof part === 'object' && part !== null;
  return isObject(ref) && isObject(standIn?.metadata) && typeof insteadOf === 'string' && Array.isArray(fields) && Array.isArray(kept);
}

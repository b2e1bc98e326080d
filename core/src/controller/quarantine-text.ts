import { revealingJson } from '../concealed.js';
import type { QuarantineEntry } from './quarantine-entry.js';

const version = 2;

/** What is kept of a quarantine. */
export interface KeptQuarantine {
  /** The HAProxy that refused. */
  readonly haproxy: string;
  readonly entries: readonly QuarantineEntry[];
}

/** What is kept of a quarantine over a restart. It holds objects, Secrets too: for the owner's eyes only. */
export function quarantineText(haproxy: string, entries: readonly QuarantineEntry[]): string {
  return revealingJson({ version, haproxy, entries });
}

/** Reads that again; what cannot be read is nothing. */
export function parseQuarantine(text: string | undefined): KeptQuarantine {
  const nothing: KeptQuarantine = { haproxy: '', entries: [] };
  if (text === undefined) return nothing;
  try {
    const kept = JSON.parse(text) as { readonly version?: unknown; readonly haproxy?: unknown; readonly entries?: unknown };
    if (kept.version !== version || typeof kept.haproxy !== 'string' || !Array.isArray(kept.entries)) return nothing;
    return { haproxy: kept.haproxy, entries: (kept.entries as unknown[]).filter(isEntry) };
  } catch {
    return nothing;
  }
}

function isEntry(value: unknown): value is QuarantineEntry {
  const { ref, standIn, insteadOf, fields, kept } = (value ?? {}) as Partial<QuarantineEntry>;
  const isObject = (part: unknown): boolean => typeof part === 'object' && part !== null;
  return isObject(ref) && isObject(standIn?.metadata) && typeof insteadOf === 'string' && Array.isArray(fields) && Array.isArray(kept);
}

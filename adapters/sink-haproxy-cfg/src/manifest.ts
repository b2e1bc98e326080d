import { createHash } from 'node:crypto';
import type { ConfigFile, FileChange } from '@signalbox/core';
import { signalboxError } from '@signalbox/core';
import type { Pieces } from './file-operations.js';

/** What is known of one file of a generation without reading it. */
export interface ManifestEntry {
  readonly sha256: string;
  readonly secret: boolean;
}

/** What is at a path. */
export interface HeldFile {
  readonly content: Pieces;
  readonly secret: boolean;
}

/** The files of a generation, by path. */
export type Manifest = ReadonlyMap<string, ManifestEntry>;

/** One generation among all. */
export interface GenerationId {
  readonly number: number;
  readonly digest: string;
}

/** The generation that another one was made from. */
export interface Origin extends GenerationId {
  /** The last record of its journal that is in the new one. */
  readonly noted?: string;
  /** The new one is this one and what was noted: what runs has it without having loaded it. */
  readonly isCheckpoint: boolean;
}

/** A change, put on top of a manifest. */
export interface Draft {
  readonly manifest: Manifest;
  /** Equal for equal sets of files. */
  readonly digest: string;
  /** The files that the base does not have like this. */
  readonly changed: readonly ConfigFile[];
  /** All files whose content was given, changed or not. */
  readonly given: FileChange['files'];
  readonly origin?: Origin;
}

/** The name that no file may have: the manifest itself. `-f DIR` passes over names that begin with a dot. */
export const manifestName = '.manifest.json';

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

export function isSameGeneration(a: GenerationId, b: GenerationId): boolean {
  return a.number === b.number && a.digest === b.digest;
}

/** Says what the files will be. Pure: writes nothing. @throws {@link SignalboxError} `SINK_UNWRITABLE` for a path that leaves the folder. */
export function draft(base: Manifest, change: FileChange, origin?: Origin): Draft {
  const manifest = new Map(change.complete ? [] : base);
  const changed: ConfigFile[] = [];
  for (const [path, file] of change.files) {
    if (file === undefined) {
      manifest.delete(path);
      continue;
    }
    requireInside(path);
    const entry = { sha256: sha256(file.content), secret: file.secret };
    const before = base.get(path);
    if (before?.sha256 !== entry.sha256) changed.push({ ...file, path });
    manifest.set(path, entry);
  }
  return { manifest, digest: digestOf(manifest), changed, given: change.files, ...(origin && { origin }) };
}

export function digestOf(manifest: Manifest): string {
  const hash = createHash('sha256');
  for (const path of [...manifest.keys()].sort()) {
    const { sha256, secret } = manifest.get(path) as ManifestEntry;
    hash.update(JSON.stringify([path, sha256, secret]));
  }
  return hash.digest('hex');
}

export function manifestToJson(manifest: Manifest, origin?: Origin): string {
  return JSON.stringify({ version: 1, origin, files: Object.fromEntries(manifest) });
}

/** `undefined` if the text is not a manifest: cut short by a crash, or made by something else. */
export function manifestFromJson(text: string): { readonly manifest: Manifest; readonly origin?: Origin } | undefined {
  try {
    const value = JSON.parse(text) as { version?: unknown; origin?: Origin; files?: Record<string, ManifestEntry> };
    if (value.version !== 1 || typeof value.files !== 'object') return undefined;
    return { manifest: new Map(Object.entries(value.files)), ...(value.origin && { origin: value.origin }) };
  } catch {
    return undefined;
  }
}

/** @throws {@link SignalboxError} `SINK_UNWRITABLE` for a path that leaves the folder. */
export function requireInside(path: string): void {
  const parts = path.split('/');
  const fits = parts.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\0\\]/.test(part)) && path !== manifestName;
  if (!fits) {
    throw signalboxError(
      'SINK_UNWRITABLE',
      `${JSON.stringify(path)} is not a path inside the folder of the configuration. This is a bug of the caller.`,
      {
        details: { path },
      },
    );
  }
}

/** What a document holds before it is known to be an object: a map of plain data. */
export type Manifest = Readonly<Record<string, unknown>>;

export function isManifest(value: unknown): value is Manifest {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const textMaps: readonly (readonly string[])[] = [['metadata', 'annotations'], ['metadata', 'labels'], ['data'], ['stringData']];

/** As the API server reads it: a field without a value is not there, and an annotation without one is empty. */
export function withoutNulls(manifest: Manifest): Manifest {
  return strip(manifest, []) as Manifest;
}

function strip(value: unknown, path: readonly string[] | undefined): unknown {
  // In a list, or below the maps of text, no path matters any more.
  if (Array.isArray(value)) return mapped(value, (item: unknown) => strip(item, undefined));
  if (!isManifest(value)) return value;
  const isTextMap =
    path !== undefined && textMaps.some((map) => map.length === path.length && map.every((key, index) => key === path[index]));
  let changed = false;
  const entries: [string, unknown][] = [];
  for (const [key, entry] of Object.entries(value)) {
    const kept = entry === null && isTextMap ? '' : strip(entry, path && path.length < 2 ? [...path, key] : undefined);
    changed ||= kept !== entry || kept === null;
    if (kept !== null) entries.push([key, kept]);
  }
  return changed ? Object.fromEntries(entries) : value;
}

function mapped(list: readonly unknown[], change: (item: unknown) => unknown): readonly unknown[] {
  const changed = list.map(change);
  return changed.every((item, index) => item === list[index]) ? list : changed;
}

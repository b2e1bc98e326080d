import type { ConfigFile } from '@signalbox/core';

/** A section as it stands in a file. */
interface Section {
  /** `backend default_svc_web_80 from signalbox`. */
  readonly header: string;
  readonly lines: readonly string[];
}

/**
 * What some objects change of a configuration: sections that are new, and of those that were there before the lines that came and
 * went. Lines about an origin are kept with what follows them.
 */
export function configExcerpt(files: readonly ConfigFile[], empty: readonly ConfigFile[]): string {
  const before = new Map(sectionsOf(empty).map((section) => [section.header, section]));
  const sections = sectionsOf(files);
  const base = sections.find(isDefaults);
  const shown = sections.flatMap((section) => {
    const old = before.get(section.header);
    before.delete(section.header);
    if (old !== undefined) return isSame(section, old) ? [] : [differences(section, old, '# … as without objects, but for:')];
    // Such a section is the base without the families that some backend has directives of its own for.
    return isDefaults(section) && base !== undefined ? [differences(section, base, `# … as "${base.header}", but for:`)] : [section];
  });
  const gone = [...before.keys()].map((header) => ({ header: `# gone: ${header}`, lines: [] }));
  return [...shown, ...gone].map(({ header, lines }) => `${[header, ...lines].join('\n')}\n`).join('\n');
}

/** All sections of all files, in HAProxy's order. */
export function wholeConfig(files: readonly ConfigFile[]): string {
  return sectionsOf(files)
    .map(({ header, lines }) => `${[header, ...lines].join('\n')}\n`)
    .join('\n');
}

/** Rows of maps, of the crt-list and of lists of patterns, each under the name of its file; those that were there before are left out. */
export function rowsExcerpt(files: readonly ConfigFile[], empty: readonly ConfigFile[]): string {
  const before = new Map(empty.map(({ path, content }) => [path, new Set(content.split('\n'))]));
  return files
    .filter(({ path, secret }) => !path.endsWith('.cfg') && !secret)
    .map(({ path, content }) => ({ path, rows: content.split('\n').filter((row) => row !== '' && before.get(path)?.has(row) !== true) }))
    .filter(({ path, rows }) => rows.length > 0 || !before.has(path))
    .map(({ path, rows }) => `${[`[${path}]`, ...rows].join('\n')}\n`)
    .join('\n');
}

function sectionsOf(files: readonly ConfigFile[]): Section[] {
  const sections: { header: string; lines: string[] }[] = [];
  for (const { path, content } of files) {
    if (!path.endsWith('.cfg')) continue;
    for (const line of content.split('\n')) {
      if (line === '') continue;
      if (/^\S/.test(line)) sections.push({ header: line, lines: [] });
      else sections.at(-1)?.lines.push(line);
    }
  }
  return sections;
}

function isDefaults({ header }: Section): boolean {
  return header.startsWith('defaults ');
}

function isSame(a: Section, b: Section): boolean {
  return a.lines.join('\n') === b.lines.join('\n');
}

function differences({ header, lines }: Section, old: Section, words: string): Section {
  const had = new Set(old.lines);
  const has = new Set(lines);
  const came = lines.filter((line) => !had.has(line));
  const went = old.lines.filter((line) => !has.has(line)).map((line) => `  # gone: ${line.trim()}`);
  const order = came.length + went.length === 0 ? ['  # (the order)'] : [];
  return { header, lines: [`  ${words}`, ...went, ...came, ...order] };
}

import type { Turn } from './turn.js';

/** The text of one document of a file. */
export interface DocumentText {
  readonly text: string;
  /** The line of the file on which it begins, from 1. */
  readonly line: number;
}

const linesBetweenLooks = 4096;

/**
 * Cuts a file at its `---` and `...` lines without parsing it: YAML allows neither at the beginning of a line of content.
 * A document keeps its `---` line. Documents without content are left out.
 */
export async function* splitDocuments(file: string, turn: Turn): AsyncGenerator<DocumentText> {
  let document = { begin: 0, line: 1, hasContent: false };
  let line = 1;
  for (let at = 0; at < file.length; line += 1) {
    const next = lineAfter(file, at);
    const marker = markerAt(file, at);
    if (marker !== undefined) {
      if (document.hasContent) yield { text: file.slice(document.begin, at), line: document.line };
      document = { begin: marker === '---' ? at : next, line: marker === '---' ? line : line + 1, hasContent: false };
    }
    if (marker !== '...') document.hasContent ||= hasContent(file.slice(at, next));
    at = next;
    if (line % linesBetweenLooks === 0 && turn.isOver) await turn.end();
  }
  if (document.hasContent) yield { text: file.slice(document.begin), line: document.line };
}

function lineAfter(file: string, at: number): number {
  const newline = file.indexOf('\n', at);
  return newline < 0 ? file.length : newline + 1;
}

function markerAt(file: string, at: number): '---' | '...' | undefined {
  const marker = file.startsWith('---', at) ? '---' : file.startsWith('...', at) ? '...' : undefined;
  const after = file[at + 3];
  return after === undefined || ' \t\r\n'.includes(after) ? marker : undefined;
}

/** Whether a line is more than a comment, a directive or a marker. */
function hasContent(line: string): boolean {
  return line !== '\n' && !/^(?:%.*|(?:---)?\s*(?:#.*)?)$/s.test(line.trimEnd());
}

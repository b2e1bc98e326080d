/** The text of one document of a file. */
export interface DocumentText {
  readonly text: string;
  /** The line of the file on which it begins, from 1. */
  readonly line: number;
}

/**
 * Cuts a file at its `---` and `...` lines without parsing it: YAML allows neither at the beginning of a line of content.
 * A document keeps its `---` line. Documents without content are left out.
 */
export function splitDocuments(file: string): DocumentText[] {
  const documents: DocumentText[] = [];
  let line = 1;
  let begin = 0;
  let beginLine = 1;
  const close = (end: number): void => {
    const text = file.slice(begin, end);
    if (!isBlank(text)) documents.push({ text, line: beginLine });
  };
  for (let at = 0; at < file.length;) {
    const next = lineAfter(file, at);
    const marker = markerAt(file, at);
    if (marker !== undefined) {
      close(at);
      begin = marker === '---' ? at : next;
      beginLine = marker === '---' ? line : line + 1;
    }
    at = next;
    line += 1;
  }
  close(file.length);
  return documents;
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

/** Whether there are only comments, directives and markers. */
function isBlank(text: string): boolean {
  for (let at = 0; at < text.length;) {
    const next = lineAfter(text, at);
    if (!/^(?:%.*|(?:---)?\s*(?:#.*)?)$/s.test(text.slice(at, next).trimEnd())) return false;
    at = next;
  }
  return true;
}

const longest = 2_000;

/**
 * A message on one line: control characters, and those that turn the direction of text, are written as `\u001b`; cut where it is long.
 * What is in a message may come from a cluster, and the reader may be a terminal.
 */
export function printable(text: string, most: number = longest): string {
  const cut = text.length > most ? `${text.slice(0, most)}… (${String(text.length - most)} more)` : text;
  return cut.toWellFormed().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

/** What an error says, for people. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

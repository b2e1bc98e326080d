import { type CST, Composer, type Document, Lexer, type LineCounter, Parser } from 'yaml';
import { deepestLevel, mostWords, tooDeep, tooManyWords } from './document-limits.js';
import { NotPlain } from './plain-value.js';
import type { Turn } from './turn.js';

// Besides the maps and lists, the parser has a place for the document and one for the text at hand.
const deepestStack = deepestLevel + 3;
const wordsBetweenLooks = 256;

/**
 * Parses YAML word by word. It stops where a text goes deeper or longer than any object does, and lets others have their turn: the
 * library's own call takes seconds for a few hundred kilobytes that somebody chose well.
 * @throws {@link NotPlain}
 */
export async function parseYaml(text: string, lines: LineCounter, turn: Turn): Promise<Document.Parsed> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  let words = 0;
  let count = 0;
  for (const word of new Lexer().lex(text)) {
    for (const token of parser.next(word)) tokens.push(token);
    words += 1 + linesIn(word);
    count += 1;
    if (parser.stack.length > deepestStack) throw new NotPlain(tooDeep, parser.offset);
    if (words > mostWords) throw new NotPlain(tooManyWords, parser.offset);
    if (count % wordsBetweenLooks === 0 && turn.isOver) await turn.end();
  }
  for (const token of parser.end()) tokens.push(token);
  await turn.end();
  return compose(tokens, text.length);
}

function linesIn(word: string): number {
  let lines = 0;
  for (let at = word.indexOf('\n'); at >= 0; at = word.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function compose(tokens: readonly CST.Token[], length: number): Document.Parsed {
  // Keys that stand twice are told by `plainValue`: the library compares each with each.
  const composer = new Composer({ prettyErrors: false, uniqueKeys: false, resolveKnownTags: false, logLevel: 'silent' });
  const [document] = composer.compose(tokens, true, length);
  // There always is one, as the end is forced.
  return document as Document.Parsed;
}

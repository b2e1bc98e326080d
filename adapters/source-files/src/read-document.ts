import { type Document, LineCounter, type Node, isMap, isNode, isSeq } from 'yaml';
import type { FieldPath } from './api-server/problem.js';
import { largestDocument, tooLarge } from './document-limits.js';
import { isCheapJson } from './json-cost.js';
import { parseYaml } from './parse-yaml.js';
import { NotPlain, assertPlain, plainValue } from './plain-value.js';
import type { Turn } from './turn.js';

/** A place in the text of a document; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** What a document holds, or why it cannot be read. */
export type DocumentReading =
  | {
      readonly value: unknown;
      readonly at: Place;
      readonly itemsAt: readonly Place[];
      /** Where fields stand; for one that is missing, where the map stands in which it is missed. */
      locate(this: void, fields: readonly FieldPath[]): Promise<readonly Place[]>;
    }
  | { readonly problem: string; readonly at: Place };

const start: Place = { line: 1, column: 1 };

/** Reads YAML or JSON into plain data. Never rejects because of what stands in a document. */
export async function readDocument(text: string, turn: Turn): Promise<DocumentReading> {
  if (text.length > largestDocument) return { problem: tooLarge, at: start };
  if (/^\s*[[{]/.test(text.slice(0, 200)) && isCheapJson(text)) {
    const reading = readJson(text, turn);
    if (reading) return reading;
  }
  return readYaml(text, turn);
}

async function readYaml(text: string, turn: Turn): Promise<DocumentReading> {
  const lines = new LineCounter();
  try {
    const document = await parseYaml(text, lines, turn);
    if (turn.isOver) await turn.end();
    const [error] = document.errors;
    if (error) return { problem: expectations[error.code] ?? 'expected YAML', at: place(lines, error.pos[0]) };
    return {
      value: plainValue(document),
      at: place(lines, firstOffset(document)),
      itemsAt: items(document).map((item) => place(lines, item)),
      locate: (fields) => Promise.resolve(fields.map((field) => placeOf(field, document, lines))),
    };
  } catch (error) {
    if (error instanceof NotPlain) return { problem: error.message, at: place(lines, error.offset) };
    throw error;
  }
}

function placeOf(field: FieldPath, document: Document.Parsed, lines: LineCounter): Place {
  for (let depth = field.length; depth > 0; depth -= 1) {
    const node = document.getIn(field.slice(0, depth), true);
    if (isNode(node) && node.range) return place(lines, node.range[0]);
  }
  return place(lines, firstOffset(document));
}

/** Nothing where it is no JSON: YAML's parser then tells why, or can read it. */
function readJson(text: string, turn: Turn): DocumentReading | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
    assertPlain(value);
  } catch (error) {
    return error instanceof NotPlain ? { problem: error.message, at: start } : undefined;
  }
  // `JSON.parse` does not tell places, so the text is read once more where one is asked for.
  const locate = async (fields: readonly FieldPath[]): Promise<readonly Place[]> => {
    const reading = await readYaml(text, turn);
    return 'value' in reading ? reading.locate(fields) : fields.map(() => start);
  };
  return { value, at: start, itemsAt: [], locate };
}

function firstOffset(document: Document.Parsed): number {
  return (document.contents as Node | null)?.range?.[0] ?? 0;
}

function items(document: Document.Parsed): number[] {
  const list = isMap(document.contents) ? document.contents.get('items', true) : undefined;
  return isSeq(list) ? list.items.map((item) => (isNode(item) ? (item.range?.[0] ?? 0) : 0)) : [];
}

function place(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset);
  return line > 0 ? { line, column: col } : start;
}

// Our own words: the library's quote what they found, which may be a secret.
const expectations: Readonly<Partial<Record<Document.Parsed['errors'][number]['code'], string>>> = {
  ALIAS_PROPS: 'expected an alias without anchor or tag',
  BAD_ALIAS: 'expected the name of an alias or an anchor',
  BAD_COLLECTION_TYPE: 'expected a tag that goes with this map or list',
  BAD_DIRECTIVE: 'expected a %YAML or %TAG directive',
  BAD_DQ_ESCAPE: 'expected an escape that YAML knows after "\\" in double quotes',
  BAD_INDENT: 'expected the same indentation as the lines before',
  BAD_PROP_ORDER: 'expected anchor and tag before the value',
  BAD_SCALAR_START: 'expected a value; text that begins with this character has to be quoted',
  BLOCK_AS_IMPLICIT_KEY: 'expected a new line before a nested map or list, or quotes around text with ": " in it',
  BLOCK_IN_FLOW: 'expected no indented block inside of [ ] or { }',
  KEY_OVER_1024_CHARS: 'expected a key of 1,024 characters at most',
  MISSING_CHAR: 'expected a closing quote or bracket, a comma, a ":" or a space that is missing here',
  MULTILINE_IMPLICIT_KEY: 'expected "key: value" on one line; is a ":" missing?',
  MULTIPLE_ANCHORS: 'expected one anchor at most',
  MULTIPLE_DOCS: 'expected "---" between two documents',
  MULTIPLE_TAGS: 'expected one tag at most',
  RESOURCE_EXHAUSTION: 'expected 100 levels at most',
  TAB_AS_INDENT: 'expected spaces as indentation, found a tab',
  TAG_RESOLVE_FAILED: 'expected a value that goes with its tag',
  UNEXPECTED_TOKEN: 'expected a key, a value or the end of the document; is the indentation right, and is every quote and bracket closed?',
};

import { type Document, type Node, type Pair, type YAMLMap, isAlias, isMap, isScalar, isSeq } from 'yaml';
import { deepestLevel, mostValues, tooDeep, tooManyValues } from './document-limits.js';

/** Why a document has no plain value, and where in its text that is seen. */
export class NotPlain extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

interface Sized {
  readonly value: unknown;
  /** Values in it, those behind aliases counted each time. */
  readonly size: number;
}

/**
 * The JSON value of a document: maps, lists, text, numbers, true, false and null, and nothing else. Aliases are followed as far as a
 * document that somebody wrote needs it, merge keys are merged, and `__proto__` is refused.
 * @throws {@link NotPlain}
 */
export function plainValue(document: Document.Parsed): unknown {
  return new Conversion().convert(document.contents, 0);
}

/** Looks through what `JSON.parse` gave for what {@link plainValue} refuses. */
export function assertPlain(value: unknown): void {
  let size = 0;
  const visit = (item: unknown, depth: number): void => {
    size += 1;
    if (size > mostValues) throw new NotPlain(tooManyValues, 0);
    if (typeof item !== 'object' || item === null) return;
    if (depth > deepestLevel) throw new NotPlain(tooDeep, 0);
    if (Object.hasOwn(item, '__proto__')) throw protoKey(0);
    if (!Array.isArray(item)) size += Object.keys(item).length;
    for (const each of Object.values(item)) visit(each, depth + 1);
  };
  visit(value, 0);
}

class Conversion {
  readonly #anchors = new Map<string, Sized>();
  #size = 0;

  convert(node: Node | null, depth: number): unknown {
    const before = this.#size;
    this.#grow(1, node);
    if (depth > deepestLevel) throw new NotPlain(tooDeep, offsetOf(node));
    const value = this.#valueOf(node, depth);
    if (node && 'anchor' in node && node.anchor) this.#anchors.set(node.anchor, { value, size: this.#size - before });
    return value;
  }

  #valueOf(node: Node | null, depth: number): unknown {
    if (node === null) return null;
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (!target) throw new NotPlain('expected an anchor before this alias, as in &name', offsetOf(node));
      this.#grow(target.size, node);
      return target.value;
    }
    if (isSeq<Node>(node)) return node.items.map((item) => this.convert(item, depth + 1));
    if (isMap<Node, Node | null>(node)) return this.#map(node, depth);
    return isScalar(node) ? scalar(node.value, offsetOf(node)) : null;
  }

  #map(map: YAMLMap<Node, Node | null>, depth: number): unknown {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    for (const pair of map.items) {
      if (isMergeKey(pair)) this.#merge(pair, merged, depth);
      else {
        const key = this.#key(pair.key, depth);
        if (own.has(key)) throw new NotPlain('expected each key once in a map; this one stands there twice', offsetOf(pair.key));
        own.set(key, this.convert(pair.value, depth + 1));
      }
    }
    if (merged.size === 0) return Object.fromEntries(own);
    return Object.fromEntries([...merged, ...own]);
  }

  #key(node: Node | null, depth: number): string {
    const key = this.convert(node, depth + 1);
    if (typeof key !== 'string' && typeof key !== 'number' && typeof key !== 'boolean') {
      throw new NotPlain(
        'expected text as the key of a map; is this a template with {{ }}? Then it has to be rendered first, or quoted',
        offsetOf(node),
      );
    }
    if (key === '__proto__') throw protoKey(offsetOf(node));
    return String(key);
  }

  /** `<<: *defaults`, or a list of them, of which the first wins. */
  #merge(pair: Pair<Node, Node | null>, into: Map<string, unknown>, depth: number): void {
    const value = this.convert(pair.value, depth + 1);
    for (const source of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof source !== 'object' || source === null || Array.isArray(source))
        throw new NotPlain('expected a map, or a list of maps, after <<', offsetOf(pair.key));
      for (const [key, item] of Object.entries(source)) if (!into.has(key)) into.set(key, item);
    }
  }

  #grow(by: number, node: Node | null): void {
    this.#size += by;
    if (this.#size > mostValues) throw new NotPlain(tooManyValues, offsetOf(node));
  }
}

function scalar(value: unknown, offset: number): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new NotPlain('expected a number as JSON knows it', offset);
  if (value === undefined || value === null) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new NotPlain('expected text, a number, true, false or null', offset);
}

function isMergeKey({ key }: Pair<Node, Node | null>): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

function offsetOf(node: Node | null): number {
  return node?.range?.[0] ?? 0;
}

function protoKey(offset: number): NotPlain {
  return new NotPlain('the key __proto__ is not accepted', offset);
}

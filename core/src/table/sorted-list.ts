/** Negative, zero or positive, as for `Array.sort`; zero for the same item only. @internal */
export type Compare<T> = (a: T, b: T) => number;

/** Compares by code units: the same everywhere, unlike the order of a locale. @internal */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** An array of 30,000 takes 100 µs to make room for one; one of this length next to nothing. */
const longestChunk = 512;

/**
 * Items in order, in chunks, so that adding or removing one costs about the same in a long list as in a short one.
 * @internal
 */
export class SortedList<T> implements Iterable<T> {
  readonly #compare: Compare<T>;
  /** None is empty, but for the only one. */
  readonly #chunks: T[][] = [[]];
  #size = 0;

  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#chunks[0]?.[0];
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (const chunk of this.#chunks) yield* chunk;
  }

  /** Adds an item that is not in the list. */
  add(item: T): void {
    const at = this.#chunkOf(item);
    const chunk = this.#chunks[at] as T[];
    chunk.splice(this.#placeIn(chunk, item), 0, item);
    if (chunk.length > longestChunk) this.#chunks.splice(at + 1, 0, chunk.splice(splitAt(at === this.#chunks.length - 1)));
    this.#size += 1;
  }

  /** Removes an item that is in the list. */
  remove(item: T): void {
    const at = this.#chunkOf(item);
    const chunk = this.#chunks[at] as T[];
    chunk.splice(this.#placeIn(chunk, item), 1);
    if (chunk.length === 0 && this.#chunks.length > 1) this.#chunks.splice(at, 1);
    this.#size -= 1;
  }

  /** Puts an item in the place of one that compares as equal. */
  replace(before: T, after: T): void {
    const chunk = this.#chunks[this.#chunkOf(before)] as T[];
    chunk[this.#placeIn(chunk, before)] = after;
  }

  /** The first chunk that does not end before the item; the last one, if all do. */
  #chunkOf(item: T): number {
    const chunks = this.#chunks;
    let low = 0;
    let high = chunks.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(chunks[middle]?.at(-1) as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first place whose item is not smaller. What arrives in order goes to the end at once. */
  #placeIn(chunk: readonly T[], item: T): number {
    let low = 0;
    let high = chunk.length;
    if (high > 0 && this.#compare(chunk[high - 1] as T, item) < 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(chunk[middle] as T, item) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Lists mostly grow at their end: there, full chunks are left behind. */
function splitAt(isLast: boolean): number {
  return isLast ? longestChunk : longestChunk >>> 1;
}

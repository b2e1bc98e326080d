/**
 * The mark of typed values. A symbol, so that data parsed from JSON or YAML can never carry it; a registered one, so that two copies of
 * the package agree; an own enumerable property, so that a copy made with `{ ...value }` stays what it was.
 */
const brand: unique symbol = Symbol.for('@signalbox/emitter');

/** What marks a value as one of the emitter's own; all else in it is plain data. @public */
export interface Branded<K extends string> {
  readonly [brand]: K;
}

/** Makes an immutable branded value. */
export function branded<K extends string, T extends object>(name: K, data: T): Readonly<T> & Branded<K> {
  return Object.freeze({ ...data, [brand]: name });
}

/** Brands an instance of a class and makes it immutable. The brand stays out of what is enumerated, compared and printed. */
export function mark(value: object, name: string): void {
  Object.freeze(Object.defineProperty(value, brand, { value: name }));
}

/** The brand of a value, if it has one. */
export function brandOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? (value as Partial<Branded<string>>)[brand] : undefined;
}

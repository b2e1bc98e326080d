/**
 * The way back from a preview: for each change its inverse, run in reverse. Normal commits have none, and must not pay for it: where
 * a function makes a closure it costs even when there is no log, so the closures are made in here.
 * @internal
 */
export class UndoLog {
  readonly #inverses: (() => void)[] = [];

  /** Remembers what a field holds now. */
  field<T, K extends keyof T>(object: T, name: K): void {
    const before = object[name];
    this.#inverses.push(() => {
      object[name] = before;
    });
  }

  /** Remembers what a map has under a key now. */
  entry<K, V>(map: Map<K, V>, key: K): void {
    const before = map.get(key);
    this.#inverses.push(() => {
      if (before === undefined) map.delete(key);
      else map.set(key, before);
    });
  }

  /** Remembers to call a function. */
  call<A extends readonly unknown[]>(inverse: (...args: A) => void, ...args: A): void {
    this.#inverses.push(() => {
      inverse(...args);
    });
  }

  rollBack(): void {
    for (let inverse = this.#inverses.pop(); inverse !== undefined; inverse = this.#inverses.pop()) inverse();
  }
}

/** Sets an entry of a map, or deletes it when the value is `undefined`. @internal */
export function write<K, V>(map: Map<K, V>, key: K, value: V | undefined, undo: UndoLog | undefined): void {
  undo?.entry(map, key);
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

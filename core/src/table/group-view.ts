import { compareText, SortedList } from './sorted-list.js';
import type { Group } from './table.js';

/**
 * A row as a member of groups. Immutable: a changed row is a new member.
 * @internal
 */
export class Member {
  readonly key: string;
  readonly value: unknown;
  readonly order: string;
  readonly groups: readonly string[];

  constructor(key: string, value: unknown, order: string, groups: readonly string[]) {
    this.key = key;
    this.value = value;
    this.order = order;
    this.groups = groups;
  }
}

/** The members under one key, kept sorted. @internal */
export class GroupView implements Group<unknown> {
  readonly key: string;
  readonly #members = new SortedList<Member>(compareMembers);

  constructor(key: string) {
    this.key = key;
  }

  get size(): number {
    return this.#members.size;
  }

  first(): unknown {
    return this.#members.first?.value;
  }

  *members(): IterableIterator<unknown> {
    for (const member of this.#members) yield member.value;
  }

  *entries(): IterableIterator<[string, unknown]> {
    for (const member of this.#members) yield [member.key, member.value];
  }

  [Symbol.iterator](): IterableIterator<unknown> {
    return this.members();
  }

  /** Adds, removes or replaces a member. With the arguments exchanged it is its own inverse. */
  swap(before: Member | undefined, after: Member | undefined): void {
    if (before !== undefined && after !== undefined && before.order === after.order) {
      this.#members.replace(before, after);
      return;
    }
    if (before !== undefined) this.#members.remove(before);
    if (after !== undefined) this.#members.add(after);
  }
}

function compareMembers(a: Member, b: Member): number {
  return a.order === b.order ? compareText(a.key, b.key) : compareText(a.order, b.order);
}

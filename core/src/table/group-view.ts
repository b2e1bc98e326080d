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
  /** The keys of its groups: one, mostly, which needs no list. */
  readonly groups: string | readonly string[];

  constructor(key: string, value: unknown, order: string, groups: string | readonly string[]) {
    this.key = key;
    this.value = value;
    this.order = order;
    this.groups = groups;
  }

  isIn(group: string): boolean {
    return typeof this.groups === 'string' ? this.groups === group : this.groups.includes(group);
  }
}

/** The members under one key, kept sorted. Most groups have one member, which needs no list. @internal */
export class GroupView implements Group<unknown> {
  readonly key: string;
  #members: Member | SortedList<Member> | undefined = undefined;

  constructor(key: string) {
    this.key = key;
  }

  get size(): number {
    if (this.#members instanceof SortedList) return this.#members.size;
    return this.#members === undefined ? 0 : 1;
  }

  first(): unknown {
    return (this.#members instanceof SortedList ? this.#members.first : this.#members)?.value;
  }

  *members(): IterableIterator<unknown> {
    for (const member of this.#inOrder()) yield member.value;
  }

  *entries(): IterableIterator<[string, unknown]> {
    for (const member of this.#inOrder()) yield [member.key, member.value];
  }

  [Symbol.iterator](): IterableIterator<unknown> {
    return this.members();
  }

  /** Adds, removes or replaces a member. With the arguments exchanged it is its own inverse. */
  swap(before: Member | undefined, after: Member | undefined): void {
    const members = this.#members;
    if (members === before) this.#members = after;
    else if (before !== undefined && after !== undefined && before.order === after.order) this.#list().replace(before, after);
    else {
      if (before !== undefined) this.#list().remove(before);
      if (after !== undefined) this.#list().add(after);
      if (this.#members instanceof SortedList && this.#members.size === 1) this.#members = this.#members.first;
    }
  }

  #inOrder(): Iterable<Member> {
    if (this.#members instanceof SortedList) return this.#members;
    return this.#members === undefined ? [] : [this.#members];
  }

  #list(): SortedList<Member> {
    if (this.#members instanceof SortedList) return this.#members;
    const list = new SortedList(compareMembers);
    if (this.#members !== undefined) list.add(this.#members);
    this.#members = list;
    return list;
  }
}

function compareMembers(a: Member, b: Member): number {
  return a.order === b.order ? compareText(a.key, b.key) : compareText(a.order, b.order);
}

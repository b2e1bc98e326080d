import type { Engine } from './engine.js';
import { type Failure, originFailure, sameFailure } from './failure.js';
import { GroupView, Member } from './group-view.js';
import { Dependent, Inlet } from './inlet.js';
import { groupedByOther, orderedByOther } from './misuse.js';
import type { RowsView } from './rows-view.js';
import type { Slot } from './slot.js';
import { Store } from './store.js';
import type { GroupedTable, GroupOptions } from './table.js';
import type { KeyedChange } from './table-changes.js';

/** One input row of a grouped table, in a group or not. @internal */
class Membership extends Dependent {
  member: Member | undefined = undefined;
}

interface GroupChange {
  readonly group: GroupView;
  /** Whether the group was not there before this commit. */
  readonly isNew: boolean;
  /** Those that came, went or were replaced. */
  readonly members: KeyedChange[];
}

/** @internal */
export class GroupedStore extends Store implements GroupedTable<unknown> {
  readonly kind = 'grouped';
  declare readonly rows: RowsView<GroupView>;
  readonly #options: GroupOptions<unknown>;
  readonly #inlets: readonly Inlet<Membership>[];
  /** The groups that this commit changes. */
  #touched = new Map<GroupView, GroupChange>();

  constructor(engine: Engine, name: string, index: number, from: readonly Store[], options: GroupOptions<unknown>) {
    super(engine, name, index);
    this.#options = options;
    this.#inlets = from.map((source) => new Inlet(source, Membership, from.length === 1 ? '' : `${source.name}\0`));
  }

  get isDirty(): boolean {
    return this.#inlets.some((inlet) => inlet.isDirty);
  }

  /** The failures here are under member keys, and do not stand in the way of a group that has the same key. */
  override failureOf(): undefined {
    return undefined;
  }

  /** First all members, then the groups: each is announced once. */
  *settle(): Generator<undefined, void> {
    for (const inlet of this.#inlets) {
      for (const membership of inlet.takeDirty(this.engine.undo)) {
        membership.isDirty = false;
        this.#refresh(membership);
        if (this.engine.isSliceOver) yield;
      }
    }
    for (const change of this.#touched.values()) {
      this.#conclude(change);
      if (this.engine.isSliceOver) yield;
    }
    this.#touched = new Map();
  }

  #refresh(membership: Membership): void {
    const { source, inlet } = membership;
    const hasFailed = source.store.failureOf(source) !== undefined;
    const outcome = hasFailed || source.row === undefined ? undefined : this.#place(source, inlet.prefix + source.key);
    this.#setFailure(inlet.prefix + source.key, outcome instanceof Member ? undefined : outcome);
    this.#replace(membership, outcome instanceof Member ? outcome : undefined);
    if (source.row === undefined && !hasFailed) inlet.detach(membership, this.engine.undo);
  }

  #place({ row, key }: Slot, memberKey: string): Member | Failure | undefined {
    this.counts.computes += 1;
    const { by, order } = this.#options;
    try {
      const groups = groupKeys(by(row, key));
      if (Array.isArray(groups) && groups.length === 0) return undefined;
      return new Member(memberKey, row, order === undefined ? '' : checkedOrder(order(row, key)), groups);
    } catch (error) {
      return originFailure(this.name, memberKey, error);
    }
  }

  #setFailure(memberKey: string, after: Failure | undefined): void {
    const before = this.failures.get(memberKey);
    if (!sameFailure(before, after)) this.writeFailure(memberKey, before, after);
  }

  #replace(membership: Membership, after: Member | undefined): void {
    const before = membership.member;
    this.engine.undo?.field(membership, 'member');
    membership.member = after;
    for (const key of groupsOf(before)) this.#swap(key, before, after?.isIn(key) === true ? after : undefined);
    for (const key of groupsOf(after)) if (before?.isIn(key) !== true) this.#swap(key, undefined, after);
  }

  #swap(groupKey: string, before: Member | undefined, after: Member | undefined): void {
    const group = this.rows.get(groupKey) ?? this.#create(groupKey);
    group.swap(before, after);
    this.engine.undo?.call(swap, group, after, before);
    const key = (before ?? after)?.key as string;
    this.#changeOf(group, false).members.push({ key, before: before?.value, after: after?.value });
    this.counts.rowsChanged += 1;
  }

  #create(key: string): GroupView {
    const group = new GroupView(key);
    this.putRow(this.slotAt(key), group);
    this.#changeOf(group, true);
    return group;
  }

  #changeOf(group: GroupView, isNew: boolean): GroupChange {
    let change = this.#touched.get(group);
    if (change === undefined) this.#touched.set(group, (change = { group, isNew, members: [] }));
    return change;
  }

  /** Once all members are in their places: drops the group if nobody is left, and tells the others. */
  #conclude({ group, isNew, members }: GroupChange): void {
    const { key } = group;
    const slot = this.slotAt(key);
    const isOver = group.size === 0;
    if (isOver) this.putRow(slot, undefined);
    this.changes.rows.push(key, isNew ? undefined : group, isOver ? undefined : group);
    this.changes.members.push({ key, members });
    this.announce(slot);
    this.tidy(slot);
  }
}

function groupsOf(member: Member | undefined): readonly string[] {
  if (member === undefined) return [];
  return typeof member.groups === 'string' ? [member.groups] : member.groups;
}

function swap(group: GroupView, before: Member | undefined, after: Member | undefined): void {
  group.swap(before, after);
}

/** Checks what `by` returned, and copies it. */
function groupKeys(found: unknown): string | readonly string[] {
  if (found === undefined) return [];
  if (typeof found === 'string') return found;
  if (!Array.isArray(found) || !found.every((key) => typeof key === 'string')) throw groupedByOther(found);
  return [...new Set<string>(found)];
}

function checkedOrder(found: unknown): string {
  if (typeof found !== 'string') throw orderedByOther(found);
  return found;
}

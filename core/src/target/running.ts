import { dequal } from 'dequal';
import { covers } from '../haproxy/covers.js';
import { type HaproxyRow, rowKey, type SectionRow, type ServerRow } from '../haproxy/rows.js';
import { slotNames } from '../haproxy/server-lines.js';
import { serverOptions, takesServers } from '../haproxy/server-options.js';
import { fewSpares, moreSpares, spareSections } from './spare-pools.js';
import type { Step } from './plan.js';

/** So many servers can come to a backend that takes none while HAProxy runs; each slot costs a worker some 7 KB. */
export const slotCount = 10;
const slots = slotNames(slotCount);

/** How long no new pool has to come before those that stand on spares get their own names, in milliseconds. */
const quietMs = 2_000;

/**
 * What the worker that runs has loaded and cannot be told otherwise: its sections, some of which nobody wants any more, and the spare
 * backends on which pools stand that came later.
 */
export class Running {
  /** As loaded, by row key. */
  readonly #sections = new Map<string, SectionRow>();
  readonly #lists = new Set<string>();
  /** The spare of a pool. */
  readonly #stands = new Map<string, string>();
  /** The slots of servers that came later, by backend and name of the server. */
  readonly #slots = new Map<string, Map<string, string>>();
  /** The slots that are free, by backend; all where it is not named. */
  readonly #freeSlots = new Map<string, readonly string[]>();
  #spares: readonly SectionRow[] = [];
  #wantedSpares = fewSpares;
  #taken = 0;
  #lastTakenAt = Number.NEGATIVE_INFINITY;

  /** The section of that key, as it runs. */
  section(key: string): SectionRow | undefined {
    return this.#sections.get(key);
  }

  /** Whether a list is loaded, so that its entries can be changed. */
  hasList(file: string): boolean {
    return this.#lists.has(file);
  }

  /** By which name a backend runs. */
  nameOf(backend: string): string {
    return this.#stands.get(backend) ?? backend;
  }

  /** By which name a server runs. */
  serverName({ backend, name }: Pick<ServerRow, 'backend' | 'name'>): string {
    return this.#slots.get(backend)?.get(name) ?? name;
  }

  /** How many slots of a backend are free. One that was used is not used again. */
  freeSlots(backend: string): number {
    return this.#freeSlotsOf(backend).length;
  }

  /** Gives a server a slot, which it keeps until it goes or HAProxy is reloaded. Returns its name; `undefined` where no slot is free. */
  takeSlot(server: Pick<ServerRow, 'backend' | 'name'>): string | undefined {
    const [slot, ...free] = this.#freeSlotsOf(server.backend);
    if (slot === undefined) return undefined;
    this.#freeSlots.set(server.backend, free);
    this.standInSlot(server, slot);
    return slot;
  }

  /** A server was found to stand in a slot. */
  standInSlot({ backend, name }: Pick<ServerRow, 'backend' | 'name'>, slot: string): void {
    this.#slots.set(backend, (this.#slots.get(backend) ?? new Map<string, string>()).set(name, slot));
  }

  /** The slots of a backend that were found unused: the others were used before, by whomever. */
  foundFreeSlots(backend: string, free: readonly string[]): void {
    this.#freeSlots.set(backend, free);
  }

  #freeSlotsOf(backend: string): readonly string[] {
    return this.#slotted(backend) ? (this.#freeSlots.get(backend) ?? slots) : [];
  }

  /** Whether a wanted backend runs already, maybe with more than is wanted. */
  has(wanted: SectionRow): boolean {
    const running = this.#sections.get(rowKey(wanted));
    return running !== undefined && covers(running, wanted);
  }

  /** Whether a pool can stand on a spare. @param before - How many others are to stand before it. */
  canStand(wanted: SectionRow, before: number = 0): boolean {
    const spare = this.#spares[this.#taken + before];
    if (spare === undefined || !covers(spare, wanted)) return false;
    const sections = this.optionSections(spare);
    return takesServers(sections) && serverOptions(sections) !== undefined;
  }

  /** Whether a backend has slots: it was there when HAProxy loaded, and takes no servers otherwise. */
  #slotted(backend: string): boolean {
    const section = this.#sections.get(backendKey(backend));
    return section !== undefined && !takesServers(this.optionSections(section));
  }

  /** The sections that give options to the servers of a backend: first those that it inherits. */
  optionSections(section: SectionRow): readonly (SectionRow | undefined)[] {
    return [this.#sections.get(rowKey({ type: 'section', kind: 'defaults', name: section.from ?? '', directives: [] })), section];
  }

  /** How many spares are left. */
  get sparesLeft(): number {
    return this.#spares.length - this.#taken;
  }

  /** Puts a pool on a spare. */
  stand(wanted: SectionRow): void {
    const spare = this.#spares[this.#taken];
    if (spare?.name === undefined || wanted.name === undefined) return;
    this.#taken += 1;
    this.#lastTakenAt = performance.now();
    this.#stands.set(wanted.name, spare.name);
    // What is found there from now on is what the spare has.
    this.#sections.set(rowKey(wanted), { ...spare, name: wanted.name });
  }

  /** Milliseconds until the pools on spares are to get their own names; infinite where there are none. */
  get renameDueInMs(): number {
    return this.#stands.size === 0 ? Number.POSITIVE_INFINITY : this.#lastTakenAt + quietMs - performance.now();
  }

  /**
   * The steps that bring the spares up to date, for a reload.
   * @param sections - that are to run then.
   */
  spareSteps(sections: Iterable<SectionRow>): readonly Step[] {
    if (performance.now() - this.#lastTakenAt >= quietMs) this.#wantedSpares = fewSpares;
    else if (this.sparesLeft === 0) this.#wantedSpares = moreSpares(this.#wantedSpares);
    const next = spareSections(sections, this.#wantedSpares);
    const isKept = dequal(next[0]?.directives, this.#spares[0]?.directives);
    return Array.from({ length: Math.max(next.length, this.#spares.length) }, (_, at): Step => {
      const [before, after] = [this.#spares[at], next[at]];
      const key = rowKey((after ?? before) as SectionRow);
      const kind = before === undefined ? 'add' : after === undefined ? 'remove' : 'change';
      return { kind, key, ...(before && { before }), ...(after && { after }) };
    }).filter(({ kind }) => kind !== 'change' || !isKept);
  }

  /** A worker has loaded all that is applied, and the spares of {@link Running.spareSteps}. */
  load(rows: Iterable<HaproxyRow>, spareSteps: readonly Step[]): void {
    this.#sections.clear();
    this.#lists.clear();
    for (const row of rows) {
      if (row.type === 'section') this.#sections.set(rowKey(row), row);
      else if (row.type === 'list') this.#lists.add(row.file);
    }
    const spares = new Map(this.#spares.map((spare) => [rowKey(spare), spare]));
    for (const { key, after } of spareSteps) {
      if (after?.type === 'section') spares.set(key, after);
      else spares.delete(key);
    }
    this.#spares = [...spares.values()];
    this.#stands.clear();
    this.#slots.clear();
    this.#freeSlots.clear();
    this.#taken = 0;
  }
}

export function backendKey(name: string): string {
  return rowKey({ type: 'section', kind: 'backend', name, directives: [] });
}

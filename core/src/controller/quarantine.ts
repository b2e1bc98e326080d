import { hash } from 'node:crypto';
import { dirtyKeys } from '../haproxy/model.js';
import type { HaproxyRow, OwnedDirective } from '../haproxy/rows.js';
import { digestOf } from '../resource/collection.js';
import { type ConfigMap, configMapKind, endpointSliceKind, hostAddressesKind, secretKind, serviceKind } from '../resource/kinds.js';
import type { Diagnostic } from '../resource/diagnostic.js';
import { formatRef, kindKey, objectKey, type ObjectRef, refOf, type Resource } from '../resource/resource.js';
import { SecretText } from '../secret-text.js';
import { type Delta, Transaction } from '../table/index.js';
import { type Blamed, closed, isolated, type QuarantineEntry } from './quarantine-entry.js';
import { quarantineDiagnostics } from './quarantine-diagnostics.js';
import type { Pipeline } from './pipeline.js';

/** An object, or a field of it, that may be what HAProxy refuses. */
export interface Suspect {
  readonly ref: ObjectRef;
  readonly field?: string;
  /** What HAProxy has against it, for people. */
  readonly why: string;
}

/** One or more changes of an object between two attempts. */
interface Change {
  /** As it was; absent where there was none. */
  readonly before: Resource | undefined;
  /** Number of the last commit that changed it. */
  commit: number;
}

/**
 * Keeps from HAProxy what HAProxy refuses, object by object, so that everybody else's changes go on. What is in quarantine counts with
 * its last good state, or closed: stand-ins in the {@link Collection}, of which the tables see nothing special. It leaves when its
 * object, or anything else that it leads to HAProxy by, changes.
 */
export class Quarantine {
  readonly #pipeline: Pipeline;
  readonly #entries = new Map<string, QuarantineEntry>();
  /** What has changed since HAProxy last took everything. */
  readonly #changed = new Map<string, Change[]>();
  /** What each object would lead to if it were let out. */
  readonly #outcomes = new Map<string, string>();
  #commit = 0;
  /** Number of the last commit when the last attempt began. */
  #began = 0;

  constructor(pipeline: Pipeline) {
    this.#pipeline = pipeline;
  }

  /** An attempt to apply begins. Returns the number of the last commit that it sees. */
  begin(): number {
    this.#began = this.#commit;
    return this.#commit;
  }

  get entries(): ReadonlyMap<string, QuarantineEntry> {
    return this.#entries;
  }

  /** Takes up what {@link Quarantine.text} gave, before anything is committed. */
  restore(entries: readonly QuarantineEntry[]): void {
    for (const entry of entries) {
      this.#entries.set(idOf(entry.ref), entry);
      this.#pipeline.collection.expectStandIn(kindKey(entry.ref), objectKey(entry.ref), {
        insteadOf: entry.insteadOf,
        object: entry.standIn,
      });
    }
  }

  /** After a commit: remembers what changed, and lets out what may be different now. Returns whether the quarantine changed. */
  update(delta: Delta): boolean {
    this.#commit += 1;
    const left = this.#dropThoseThatChanged();
    const changed = this.#remember(delta);
    const letOut = this.#letOut(changed);
    const isFirst = this.#commit === 1 && this.#entries.size > 0;
    return left || letOut || isFirst;
  }

  /** HAProxy took all that was committed up to a commit. */
  taken(commit: number): void {
    for (const [id, changes] of this.#changed) {
      const left = changes.filter((change) => change.commit > commit);
      if (left.length === 0) this.#changed.delete(id);
      else this.#changed.set(id, left);
    }
  }

  /**
   * Isolates what is to blame for a refusal of what a commit led to. Returns whether anything changed: what is new since then is not
   * isolated, for it may be better.
   */
  isolate(suspects: readonly Suspect[], commit: number): boolean {
    const byObject = Map.groupBy(suspects, ({ ref }) => idOf(ref));
    return [...byObject.values()].map((group) => this.#isolate(group, commit)).some(Boolean);
  }

  /** All that may be to blame: what changed since HAProxy last took everything. What others refer to comes last. */
  suspects(why: string): readonly Suspect[] {
    const all = [...this.#changed.keys()].flatMap((id) => {
      const held = this.#held(id);
      if (held === undefined || this.#entries.get(id)?.state === 'closed') return [];
      const ref = refOf(held);
      if (neverToBlame.has(kindKey(ref))) return [];
      if (kindKey(ref) !== kindKey(configMapKind)) return [{ ref, why }];
      if (!this.#pipeline.vocabulary.configMaps.has(objectKey(ref))) return [];
      return changedFields(held, this.#lastGood(id)).map((field) => ({ ref, field, why }));
    });
    return all.toSorted((a, b) => lastToBlame.indexOf(kindKey(a.ref)) - lastToBlame.indexOf(kindKey(b.ref)));
  }

  /** Calls back while the tables show what there would be with suspects closed, and takes that back. */
  without<R>(suspects: readonly Suspect[], look: (delta: Delta) => R): R {
    const { collection, tables } = this.#pipeline;
    const transaction = new Transaction();
    for (const group of Map.groupBy(suspects, ({ ref }) => idOf(ref)).values()) {
      const [{ ref } = { ref: undefined }] = group;
      const held = ref && this.#held(idOf(ref));
      const input = ref && collection.input(kindKey(ref));
      if (ref === undefined || held === undefined || input === undefined) continue;
      transaction.set(
        input,
        objectKey(ref),
        closed(
          held,
          group.flatMap(({ field }) => field ?? []),
        ),
      );
    }
    return tables.preview(transaction, look);
  }

  diagnostics(): readonly Diagnostic[] {
    return [...this.#entries.values()].flatMap((entry) => quarantineDiagnostics(entry, this.#pipeline.vocabulary));
  }

  #isolate(suspects: readonly Suspect[], commit: number): boolean {
    const [first] = suspects;
    if (first === undefined) return false;
    const { ref, why } = first;
    const id = idOf(ref);
    const fields = [...new Set(suspects.flatMap(({ field }) => field ?? []))];
    const held = this.#held(id);
    if (held === undefined) return false;
    const before = this.#entries.get(id);
    if (this.#isNewerThan(id, commit) || (before === undefined && !this.#isCommitted(ref, held))) return true;
    const lastGood = before?.lastGood ?? this.#lastGood(id);
    const blamed: Blamed = { ref, fields, why, held, digest: digestOf(held), lastGood };
    const entry = isolated(blamed, before, this.#pipeline.vocabulary);
    if (entry === undefined) return false;
    this.#entries.set(id, entry);
    this.#outcomes.delete(id);
    this.#pipeline.collection.standIn(kindKey(ref), objectKey(ref), { insteadOf: entry.insteadOf, object: entry.standIn });
    return true;
  }

  #isNewerThan(id: string, commit: number): boolean {
    return (this.#changed.get(id)?.at(-1)?.commit ?? 0) > commit;
  }

  /** Whether the tables have what the sources hold of an object. */
  #isCommitted(ref: ObjectRef, held: Resource): boolean {
    const row = this.#pipeline.collection.input(kindKey(ref))?.rows.get(objectKey(ref));
    return row === held || (row !== undefined && digestOf(row) === digestOf(held));
  }

  #held(id: string): Resource | undefined {
    const [kind = '', key = ''] = id.split(' ');
    return this.#pipeline.collection.held(kind, key);
  }

  /** The sources gave other objects in place of those that were refused, or took them away. */
  #dropThoseThatChanged(): boolean {
    const { collection } = this.#pipeline;
    let dropped = false;
    for (const [id, { ref, lastGood }] of this.#entries) {
      if (this.#held(id) === undefined) collection.liftStandIn(kindKey(ref), objectKey(ref));
      if (collection.hasStandIn(kindKey(ref), objectKey(ref))) continue;
      this.#entries.delete(id);
      this.#outcomes.delete(id);
      this.#changed.set(id, [{ before: lastGood, commit: this.#commit }]);
      dropped = true;
    }
    return dropped;
  }

  #remember(delta: Delta): readonly ObjectRef[] {
    const { collection } = this.#pipeline;
    const refs: ObjectRef[] = [];
    for (const kind of collection.kinds.filter((each) => !neverToBlame.has(kindKey(each)))) {
      for (const [key, { before, after }] of delta.changes(collection.table(kind))) {
        const id = [kindKey(kind), key].join(' ');
        if (this.#entries.has(id)) continue;
        this.#noteChange(id, before);
        const object = after ?? before;
        if (object !== undefined) refs.push(refOf(object));
      }
    }
    return refs;
  }

  #noteChange(id: string, before: Resource | undefined): void {
    const changes = this.#changed.get(id) ?? [];
    const last = changes.at(-1);
    // Nobody has seen what was in between.
    if (last !== undefined && last.commit > this.#began) last.commit = this.#commit;
    else if (last?.commit !== this.#commit) changes.push({ before, commit: this.#commit });
    this.#changed.set(id, changes);
  }

  /** An object as HAProxy last took it. */
  #lastGood(id: string): Resource | undefined {
    return this.#changed.get(id)?.[0]?.before;
  }

  /** Lets out what would lead to something else now than to what HAProxy refused. */
  #letOut(changed: readonly ObjectRef[]): boolean {
    let letOut = false;
    for (const [id, { ref }] of this.#entries) {
      if (!this.#leadsElsewhere(id, ref, changed)) continue;
      const { lastGood } = this.#entries.get(id) ?? {};
      this.#entries.delete(id);
      this.#outcomes.delete(id);
      this.#changed.set(id, [{ before: lastGood, commit: this.#commit }]);
      this.#pipeline.collection.liftStandIn(kindKey(ref), objectKey(ref));
      letOut = true;
    }
    return letOut;
  }

  #leadsElsewhere(id: string, ref: ObjectRef, changed: readonly ObjectRef[]): boolean {
    // A Secret leads to the same whatever changes; and everything depends on a ConfigMap, so that it is not tried.
    if (kindKey(ref) === kindKey(secretKind)) return false;
    if (kindKey(ref) === kindKey(configMapKind)) return changed.some((other) => isNamedBy(this.#held(id), other));
    const before = this.#outcomes.get(id);
    if (before !== undefined && changed.length === 0) return false;
    const outcome = this.#outcomeOf(id, ref);
    this.#outcomes.set(id, outcome);
    return before !== undefined && before !== outcome;
  }

  /** What an object would lead to if it were let out, as a digest. */
  #outcomeOf(id: string, ref: ObjectRef): string {
    const { collection, tables, model } = this.#pipeline;
    const held = this.#held(id);
    const input = collection.input(kindKey(ref));
    if (held === undefined || input === undefined) return '';
    return tables.preview(new Transaction().set(input, objectKey(ref), held), (delta) =>
      digest([...dirtyKeys(model, delta)].map(([key, table]) => [key, partOf(table.rows.get(key), ref)])),
    );
  }
}

/** Nothing that they hold reaches HAProxy but for addresses, which are checked. */
const neverToBlame: ReadonlySet<string> = new Set([kindKey(endpointSliceKind), kindKey(hostAddressesKind)]);

/** Of an object and one that it refers to, the latter is found guilty. */
const lastToBlame: readonly string[] = [kindKey(serviceKind), kindKey(configMapKind), kindKey(secretKind)];

/** Whether a ConfigMap names a Secret. */
function isNamedBy(configMap: Resource | undefined, ref: ObjectRef): boolean {
  const data: Readonly<Record<string, string>> = (configMap as ConfigMap | undefined)?.data ?? {};
  return kindKey(ref) === kindKey(secretKind) && Object.values(data).some((text) => text.includes(ref.name));
}

/** What of a row is from an object. */
function partOf(row: HaproxyRow | undefined, ref: ObjectRef): unknown {
  if (row === undefined) return null;
  const isFrom = ({ origin }: Pick<OwnedDirective, 'origin'>): boolean =>
    origin !== undefined && formatRef(origin.object) === formatRef(ref);
  if (row.type === 'section') {
    const users = Array.from(row.users ?? [], ([name, password]) => [name, password.hash]);
    return [row.directives.filter(isFrom).map(({ directive }) => directive.words), users];
  }
  if (row.type === 'certificate') return row.pem.hash;
  return isFrom(row) ? row : null;
}

function digest(value: unknown): string {
  return hash(
    'sha256',
    JSON.stringify(value, (_key, part: unknown) => (part instanceof SecretText ? part.hash : part)),
  );
}

function changedFields(now: ConfigMap, before: ConfigMap | undefined): readonly string[] {
  const entries = Object.entries(now.data ?? {}).filter(([key, text]) => before?.data?.[key] !== text);
  return entries.map(([key]) => `data[${key}]`);
}

function idOf(ref: ObjectRef): string {
  return [kindKey(ref), objectKey(ref)].join(' ');
}

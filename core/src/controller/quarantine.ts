import { configMapKind, secretKind } from '../resource/kinds.js';
import type { Diagnostic } from '../resource/diagnostic.js';
import { kindKey, objectId, objectKey, type ObjectRef, refOf, type Resource } from '../resource/resource.js';
import { digestOf, type StandIn } from '../resource/stand-ins.js';
import { type Delta, Transaction } from '../table/index.js';
import { Changes } from './changes.js';
import { outcomeOf } from './outcome.js';
import { type Blamed, closed, isolated, type QuarantineEntry } from './quarantine-entry.js';
import { quarantineDiagnostics } from './quarantine-diagnostics.js';
import { namesAny, namesInTexts, type NamesInTexts } from './named-by.js';
import type { Pipeline } from './pipeline.js';
import { rawOrigins } from './raw-origins.js';
import { Strikes } from './strikes.js';
import { mayBeToBlame, type Suspect, suspectsAmong } from './suspects.js';

/**
 * Keeps from HAProxy what HAProxy refuses, object by object, so that everybody else's changes go on. What is in quarantine counts with
 * its last good state, or closed: stand-ins in the {@link Collection}, of which the tables see nothing special. It leaves when its
 * object, or anything else that it leads to HAProxy by, changes.
 */
export class Quarantine {
  readonly #pipeline: Pipeline;
  readonly #entries = new Map<string, QuarantineEntry>();
  readonly #changes = new Changes();
  /** What each object would lead to if it were let out. */
  readonly #outcomes = new Map<string, string>();

  readonly #strikes = new Strikes();
  #isUnkept = false;
  readonly #now: () => number;

  /** @param now - The time in milliseconds. */
  constructor(pipeline: Pipeline, now: () => number = Date.now) {
    this.#pipeline = pipeline;
    this.#now = now;
  }

  /** See {@link Changes.begin}. */
  begin(): number {
    return this.#changes.begin();
  }

  /** Number of the last commit. */
  get commits(): number {
    return this.#changes.commits;
  }

  /** See {@link Changes.taken}. */
  taken(commit: number): void {
    this.#changes.taken(commit);
  }

  get entries(): readonly QuarantineEntry[] {
    return Array.from(this.#entries, ([id, entry]) => {
      const outcome = this.#outcomes.get(id);
      return outcome === undefined ? entry : { ...entry, outcome };
    });
  }

  /** Takes up the {@link Quarantine.entries} of a run before, before anything is committed. */
  restore(entries: readonly QuarantineEntry[]): void {
    for (const entry of entries) {
      this.#entries.set(objectId(entry.ref), entry);
      if (entry.outcome !== undefined) this.#outcomes.set(objectId(entry.ref), entry.outcome);
      this.#pipeline.collection.expectStandIn(entry.ref, standInOf(entry));
    }
  }

  /** Takes up only how the objects of a run before were when HAProxy last took them. */
  recall(entries: readonly QuarantineEntry[]): void {
    for (const { ref, lastGood } of entries) if (lastGood !== undefined) this.#changes.renew(ref, lastGood);
  }

  /** After a commit: remembers what changed, and lets out what may be different now. Returns whether the quarantine changed. */
  update(delta: Delta): boolean {
    const isFirst = this.#changes.nextCommit() === 1 && this.#entries.size > 0;
    const left = this.#dropThoseThatChanged();
    const letOut = this.#letOut(this.#remember(delta));
    return left || letOut || isFirst;
  }

  /** Whether there is something that {@link Quarantine.entries} has not given yet. */
  takeUnkept(): boolean {
    const isUnkept = this.#isUnkept;
    this.#isUnkept = false;
    return isUnkept;
  }

  /** When the next of those is due that were refused too often, in milliseconds. */
  get nextDueMs(): number {
    return Math.min(...[...this.#entries.values()].map(({ heldUntilMs = Number.POSITIVE_INFINITY }) => heldUntilMs));
  }

  /** Lets those be tried again whose time has come and who have changed meanwhile. Returns whether there are any. */
  letOutDue(): boolean {
    const due = [...this.#entries.values()].filter(({ heldUntilMs }) => heldUntilMs !== undefined && heldUntilMs <= this.#now());
    return due.map((entry) => this.#letOutOrKeep(entry)).some(Boolean);
  }

  /**
   * Isolates what is to blame for a refusal of what a commit led to. Returns whether anything changed: what is new since then is not
   * isolated, for it may be better, unless its object was refused too often.
   */
  isolate(suspects: readonly Suspect[], commit: number): boolean {
    return byObject(suspects)
      .map((group) => this.#isolate(group, commit))
      .some(Boolean);
  }

  /** Whose lines of HAProxy stand in the configuration as they are: they may name what others make, and so be bad for what others change. */
  rawSuspects(why: string): readonly Suspect[] {
    return rawOrigins(this.#pipeline.model).flatMap(({ object: ref, field }) =>
      this.#entries.get(objectId(ref))?.state === 'closed' ? [] : [{ ref, ...(field !== undefined && { field }), why }],
    );
  }

  /** All that may be to blame: what changed since HAProxy last took everything. */
  suspects(why: string): readonly Suspect[] {
    const changed = this.#changes.refs().flatMap((each) => {
      const held = this.#pipeline.collection.held(each);
      if (held === undefined || this.#entries.get(objectId(each))?.state === 'closed') return [];
      return [{ ref: refOf(held), held, lastGood: this.#changes.lastGood(each) }];
    });
    return suspectsAmong(changed, this.#pipeline.vocabulary.configMaps, why);
  }

  /** Calls back while the tables show what there would be with suspects closed, and takes that back. */
  without<R>(suspects: readonly Suspect[], look: (delta: Delta) => R): R {
    const { collection, tables } = this.#pipeline;
    const transaction = new Transaction();
    for (const [{ ref }, fields] of byObject(suspects)) {
      const held = collection.held(ref);
      const input = collection.input(ref);
      if (held !== undefined && input !== undefined) transaction.set(input, objectKey(ref), closed(held, fields));
    }
    return tables.preview(transaction, look);
  }

  diagnostics(): readonly Diagnostic[] {
    return [...this.#entries.values()].flatMap((entry) => quarantineDiagnostics(entry, this.#pipeline.vocabulary));
  }

  #isolate([{ ref, why }, fields]: BlamedTogether, commit: number): boolean {
    const { collection, vocabulary } = this.#pipeline;
    const held = collection.held(ref);
    if (held === undefined) return false;
    const id = objectId(ref);
    const before = this.#entries.get(id);
    const isUntried = this.#changes.isNewerThan(ref, commit) || (before === undefined && !this.#isCommitted(ref, held));
    const waitMs = this.#strikes.note(id, this.#now());
    if (isUntried && waitMs === 0) return true;
    const lastGood = before?.lastGood ?? this.#changes.lastGood(ref);
    const blamed: Blamed = { ref, fields, why, held, digest: digestOf(held), lastGood };
    const next = isolated(blamed, before, vocabulary);
    if (next === undefined) return false;
    const entry = waitMs === 0 ? next : { ...next, isUntried, heldUntilMs: this.#now() + waitMs };
    this.#entries.set(id, entry);
    this.#outcomes.delete(id);
    collection.standIn(ref, standInOf(entry));
    return true;
  }

  #letOutOrKeep(entry: QuarantineEntry): boolean {
    const { collection } = this.#pipeline;
    const held = collection.held(entry.ref);
    if (entry.isUntried === true || held === undefined || digestOf(held) !== entry.insteadOf) {
      this.#release(entry);
      return true;
    }
    const { heldUntilMs: _until, ...kept } = entry;
    this.#entries.set(objectId(entry.ref), kept);
    collection.standIn(entry.ref, standInOf(kept));
    return false;
  }

  /** Whether the tables have what the sources hold of an object. */
  #isCommitted(ref: ObjectRef, held: Resource): boolean {
    const row = this.#pipeline.collection.input(ref)?.rows.get(objectKey(ref));
    return row === held || (row !== undefined && digestOf(row) === digestOf(held));
  }

  /** The sources gave other objects in place of those that were refused, or took them away. */
  #dropThoseThatChanged(): boolean {
    const { collection } = this.#pipeline;
    const changed = [...this.#entries.values()].filter(({ ref }) => collection.held(ref) === undefined || !collection.hasStandIn(ref));
    for (const entry of changed) this.#release(entry);
    return changed.length > 0;
  }

  /** Takes note of what a commit changed of objects that are not in quarantine. Returns them. */
  #remember(delta: Delta): readonly ObjectRef[] {
    const { collection } = this.#pipeline;
    const refs: ObjectRef[] = [];
    for (const kind of collection.kinds.filter(mayBeToBlame)) {
      for (const [, { before, after }] of delta.changes(collection.table(kind))) {
        const object = after ?? before;
        if (object === undefined) continue;
        const ref = refOf(object);
        if (this.#entries.has(objectId(ref))) continue;
        this.#changes.note(ref, before);
        refs.push(ref);
      }
    }
    return refs;
  }

  /** Lets out what would lead to something else now than to what HAProxy refused. */
  #letOut(changed: readonly ObjectRef[]): boolean {
    const names = namesInTexts(changed, (ref) => this.#pipeline.collection.held(ref));
    const others = [...this.#entries.values()].filter(({ ref }) => this.#leadsElsewhere(ref, changed.length > 0, names));
    for (const entry of others) this.#release(entry);
    return others.length > 0;
  }

  #leadsElsewhere(ref: ObjectRef, hasChanges: boolean, names: NamesInTexts): boolean {
    // A Secret leads to the same whatever changes; and everything depends on a ConfigMap, so that it is not tried.
    if (kindKey(ref) === kindKey(secretKind)) return false;
    const isNaming = namesAny(this.#pipeline.collection.held(ref), names);
    if (isNaming || kindKey(ref) === kindKey(configMapKind)) return isNaming;
    const before = this.#outcomes.get(objectId(ref));
    if (before !== undefined && !hasChanges) return false;
    const outcome = outcomeOf(this.#pipeline, ref);
    this.#isUnkept ||= outcome !== before;
    this.#outcomes.set(objectId(ref), outcome);
    return before !== undefined && before !== outcome;
  }

  #release({ ref, lastGood }: QuarantineEntry): void {
    this.#entries.delete(objectId(ref));
    this.#outcomes.delete(objectId(ref));
    this.#changes.renew(ref, lastGood);
    this.#pipeline.collection.liftStandIn(ref);
  }
}

/** What was refused too often is closed, whatever becomes of it, until its time has come. */
function standInOf({ insteadOf, standIn, fields, heldUntilMs }: QuarantineEntry): StandIn {
  const inPlaceOfOthers = (object: Resource): Resource => closed(object, fields);
  return { insteadOf, object: standIn, ...(heldUntilMs !== undefined && { inPlaceOfOthers }) };
}

/** The first suspicion of an object, and the fields of it that are suspected. */
type BlamedTogether = readonly [first: Suspect, fields: readonly string[]];

function byObject(suspects: readonly Suspect[]): readonly BlamedTogether[] {
  const groups = Map.groupBy(suspects, ({ ref }) => objectId(ref));
  return [...groups.values()].flatMap((group) =>
    group.slice(0, 1).map((first): BlamedTogether => [first, [...new Set(group.flatMap(({ field }) => field ?? []))]]),
  );
}

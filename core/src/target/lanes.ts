import { routeMaps } from '../haproxy/compile/route-rows.js';
import type { HaproxyFeatures } from '../haproxy/features.js';
import { type CertificateRow, type MapRow, rowKey, type SectionRow, type ServerRow } from '../haproxy/rows.js';
import { serverOptions, takesServers } from '../haproxy/server-options.js';
import { objectId } from '../resource/resource.js';
import { backendKey, type Running } from './running.js';
import type { Step } from './plan.js';
import { hostOf, isKeyed, isOfBackend, namesAny, newDirectives, nameOf, objectOf, rowOf, typeOf } from './step-rows.js';

/** What HAProxy cannot take up while it runs, so that it is reloaded. @public */
export type ReloadCause =
  /** A backend that is new or has other rules. */
  | 'backend'
  | 'frontend'
  | 'defaults'
  | 'global'
  | 'peers'
  | 'userlist'
  /** A list or a certificate that is new to HAProxy, or too large for a command. */
  | 'file'
  /** A server of a backend whose balancing algorithm takes none while it runs. */
  | 'server'
  /** HAProxy refused to take it up while it ran. */
  | 'refused'
  /** Pools that stood on spare backends get their own names. */
  | 'names'
  /** What runs is not what is wanted, and cannot be mended otherwise. */
  | 'drift'
  /** The admin socket does not answer. */
  | 'unreachable';

/** A step that needs a reload. */
export interface LaterStep {
  readonly step: Step;
  /** Absent where it only waits for another one. */
  readonly cause?: ReloadCause;
}

/** Steps by the way that they take. Each list is in the order of the plan. */
export interface Lanes {
  /** For a HAProxy that runs. */
  readonly live: readonly Step[];
  readonly later: readonly LaterStep[];
  /** New pools among `live` that are to stand on spares. */
  readonly stands: readonly SectionRow[];
}

/** What {@link splitLanes} goes by. */
export interface Surroundings {
  readonly running: Running;
  /** Whether new pools may stand on spares. */
  readonly maySpare: boolean;
  /** Default: the least that a HAProxy can do. */
  readonly features?: Pick<HaproxyFeatures, 'liveAuthorities'>;
}

/** Of a certificate with its chain and key, in bytes: a command of the Runtime API has to hold it. */
const longestPem = 14_000;

/** HAProxy looks at all servers of a backend for each that is added: so many at a time take it a second. */
const mostServers = 2_000;

/** Where a map leads to a backend. */
const pathMaps: ReadonlySet<string> = new Set([routeMaps.exact, routeMaps.prefix]);

/**
 * Parts steps into those that a running HAProxy can be told, and those that wait for a reload: sections, and whatever refers to them, so
 * that after each single step every request is answered as before or as after.
 */
export function splitLanes(steps: readonly Step[], surroundings: Surroundings): Lanes {
  return new Split(steps, surroundings).result();
}

class Split {
  readonly #steps: readonly Step[];
  readonly #running: Running;
  readonly #maySpare: boolean;
  readonly #liveAuthorities: boolean;
  readonly #later = new Map<Step, ReloadCause | undefined>();
  readonly #stands: SectionRow[] = [];
  /** By row key: new pools that stand or run already. */
  readonly #come = new Map<string, SectionRow>();
  /** Backends to which servers come that wait. */
  readonly #starved = new Set<string>();
  /** How many servers come, by backend. */
  readonly #servers = new Map<string, number>();
  readonly #laterFiles = new Set<string>();
  /** By row key: new backends that wait, whatever runs by their names. */
  readonly #toCome = new Set<string>();
  /** Names of what is new and waits. */
  readonly #missing = new Set<string>();

  constructor(steps: readonly Step[], { running, maySpare, features }: Surroundings) {
    this.#liveAuthorities = features?.liveAuthorities ?? false;
    this.#steps = steps;
    this.#running = running;
    this.#maySpare = maySpare;
  }

  result(): Lanes {
    const sections = this.#steps.filter((step) => typeOf(step) === 'section' && step.onlyOrigin !== true);
    for (const step of sections) if (!isOfBackend(step)) this.#section(step);
    for (const step of this.#steps) if (step.kind === 'add' && this.#isMissing(step)) this.#missing.add(nameOf(step));
    // Last, since what they name may wait.
    for (const step of sections) if (isOfBackend(step)) this.#section(step);
    const anySection = this.#later.size > 0;
    for (const step of this.#steps) {
      if (step.onlyOrigin === true) continue;
      if (anySection && step.kind === 'remove' && ['section', 'list', 'file', 'certificate'].includes(typeOf(step))) this.#wait(step);
      else this.#other(step, anySection);
    }
    this.#waitTogether();
    return {
      live: this.#later.size === 0 ? this.#steps : this.#steps.filter((step) => !this.#later.has(step)),
      later: Array.from(this.#later, ([step, cause]) => ({ step, ...(cause !== undefined && { cause }) })),
      stands: this.#stands,
    };
  }

  #wait(step: Step, cause?: ReloadCause): void {
    if (!this.#later.has(step)) this.#later.set(step, cause);
    if (typeOf(step) === 'certificate') this.#laterFiles.add((rowOf(step) as CertificateRow).file);
  }

  #section(step: Step): void {
    const { kind, after } = step;
    const section = rowOf(step) as SectionRow;
    const goes = kind === 'remove' && ['backend', 'defaults', 'userlist'].includes(section.kind);
    if (goes || (after !== undefined && this.#runs(section))) return;
    if (kind === 'add') this.#toCome.add(step.key);
    this.#wait(step, section.kind);
  }

  #runs(section: SectionRow): boolean {
    if (section.directives.some(({ directive }) => directive.secret === true)) return false;
    // What somebody took away and brings back.
    if (section.kind === 'defaults') return this.#running.has(section);
    if (section.kind !== 'backend' || namesAny(section, this.#missing)) return false;
    const runs = this.#running.has(section);
    if (!runs) {
      if (!this.#maySpare || this.#running.section(rowKey(section)) !== undefined) return false;
      if (!this.#running.canStand(section, this.#stands.length)) return false;
      this.#stands.push(section);
    }
    this.#come.set(rowKey(section), section);
    return true;
  }

  /** Whether what is new is in no file before the next reload, though others may name it. */
  #isMissing(step: Step): boolean {
    const row = rowOf(step);
    if (row.type === 'list') return !this.#running.hasList(row.file);
    return row.type === 'file' || row.type === 'certificate' || this.#later.has(step);
  }

  #other(step: Step, anySection: boolean): void {
    const row = rowOf(step);
    switch (row.type) {
      case 'list':
        if (step.kind !== 'remove' && !this.#running.hasList(row.file)) this.#wait(step, anySection ? undefined : 'file');
        return;
      case 'file':
        if (step.kind !== 'remove') this.#wait(step, 'file');
        return;
      case 'certificate':
        if (step.kind === 'remove') return;
        if (Buffer.byteLength(row.pem.reveal()) > longestPem || (!isKeyed(row) && !this.#liveAuthorities)) this.#wait(step, 'file');
        else if (step.kind === 'add' && anySection && !this.#isServed(row.file)) this.#wait(step);
        return;
      case 'server':
        this.#server(step, row);
        return;
      case 'crt':
        if (step.kind !== 'remove' && this.#laterFiles.has(row.certificate)) this.#wait(step);
        return;
      case 'map':
        if (step.after?.type === 'map' && pathMaps.has(row.map) && !this.#leadsSomewhere(step.after))
          this.#wait(step, anySection ? undefined : 'backend');
        return;
      case 'section':
        return;
    }
  }

  /** Whether a name of the crt-list comes with a certificate. */
  #isServed(file: string): boolean {
    return this.#steps.some(({ after }) => after?.type === 'crt' && after.certificate === file);
  }

  #server(step: Step, row: ServerRow): void {
    const section = this.#sectionOf(row.backend);
    if (section === undefined) {
      if (step.kind !== 'remove') this.#wait(step, this.#later.size > 0 ? undefined : 'backend');
      return;
    }
    if (step.kind === 'remove') {
      // Those that come in its place do not serve yet.
      if (this.#starved.has(row.backend)) this.#wait(step);
      return;
    }
    const sections = this.#running.optionSections(section);
    const isMoved = step.before?.type === 'server' && (step.before.address !== row.address || step.before.port !== row.port);
    if (!(step.kind === 'change' ? isMoved : !this.#takesServer(row.backend, sections))) return;
    this.#starved.add(row.backend);
    this.#wait(step, 'server');
  }

  /** Whether one more server can come to a backend while it runs. */
  #takesServer(backend: string, sections: readonly (SectionRow | undefined)[]): boolean {
    const before = this.#servers.get(backend) ?? 0;
    this.#servers.set(backend, before + 1);
    if (!takesServers(sections)) return before < this.#running.freeSlots(backend);
    return before < mostServers && serverOptions(sections) !== undefined;
  }

  /** A backend as it runs, or is to run on a spare. */
  #sectionOf(backend: string): SectionRow | undefined {
    const key = backendKey(backend);
    return this.#toCome.has(key) ? undefined : (this.#running.section(key) ?? this.#come.get(key));
  }

  /** Whether the backend and the rule set to which a path leads run. */
  #leadsSomewhere({ value }: MapRow): boolean {
    const [backend = '', ruleSet] = value.split('.');
    const section = this.#sectionOf(backend);
    if (section === undefined || (this.#come.has(backendKey(backend)) && this.#starved.has(backend))) return false;
    return ruleSet === undefined || section.directives.some((each) => each.ruleSet?.id === ruleSet);
  }

  /**
   * What one object says of hosts and paths, and what several say of one host, comes and goes together; and not before what the object
   * says of the backend, which may be who is kept out.
   */
  #waitTogether(): void {
    const objects = new Set(
      Array.from(this.#later.keys(), newDirectives).flatMap((those) =>
        those.flatMap(({ origin }) => (origin === undefined ? [] : objectId(origin.object))),
      ),
    );
    const hosts = new Set<string>();
    const waiting = new Set<Step>();
    const rows = this.#steps.filter((step) => typeOf(step) === 'map');
    for (let isNew = this.#later.size > 0; isNew;) {
      isNew = false;
      for (const step of rows) {
        const [host, object] = [hostOf(rowOf(step) as MapRow), objectOf(step)];
        const waits = this.#later.has(step) || hosts.has(host) || (object !== undefined && objects.has(object));
        if (!waits || waiting.has(step)) continue;
        this.#wait(step);
        waiting.add(step);
        hosts.add(host);
        if (object !== undefined) objects.add(object);
        isNew = true;
      }
    }
  }
}

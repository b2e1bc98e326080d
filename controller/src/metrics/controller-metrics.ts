import { type Controller, type ControllerEvents, errorCodes, type HaproxyRow, SignalboxError } from '@signalbox/core';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { reloadCauses } from '../logging/reload-words.js';
import { ClassicMetrics } from './classic-metrics.js';
import { addProcessMetrics } from './process-metrics.js';

type Applied = ControllerEvents['applied'][0];
type Reloaded = ControllerEvents['reloaded'][0];
type Lane = 'live' | 'reload' | 'start';

const lanes: readonly Lane[] = ['live', 'reload', 'start'];
const rowTypes = Object.keys({
  server: 0,
  map: 0,
  certificate: 0,
  crt: 0,
  list: 0,
  file: 0,
  section: 0,
} satisfies Record<HaproxyRow['type'], 0>) as readonly HaproxyRow['type'][];
const severities = ['error', 'warning', 'info'] as const;
/** In seconds: a command, many commands, reloads. */
const buckets = [0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10];

/**
 * What a controller tells in its events, as Prometheus metrics. Every label has a closed set of values, and each series is there from the
 * start: their number does not depend on what is served. The page docs/reference/metrics.md says what each means.
 */
export class ControllerMetrics {
  readonly #registry = new Registry();
  readonly #changes = this.#counter('signalbox_changes_total', 'Times that objects had changed and all that depends on them was computed.');
  readonly #steps = this.#counter('signalbox_steps_total', 'Rows given to HAProxy, by type of row and by the way they took.', [
    'kind',
    'lane',
  ]);
  readonly #reloads = this.#counter('signalbox_reloads_total', 'Reloads and starts of HAProxy, each by one reason.', ['reason']);
  readonly #durations = new Histogram({
    name: 'signalbox_apply_duration_seconds',
    help: 'Time from the beginning of an attempt until HAProxy has what it brings.',
    labelNames: ['lane'],
    buckets,
    registers: [this.#registry],
  });
  readonly #drift = this.#counter('signalbox_drift_total', 'Differences found between what runs and what was applied.');
  readonly #quarantined = this.#gauge('signalbox_quarantined_objects', 'Objects that are isolated, because HAProxy refuses them.');
  readonly #oldWorkers = this.#gauge('signalbox_haproxy_old_workers', 'Workers that finish what they had begun before a reload.');
  readonly #up = this.#gauge('signalbox_haproxy_up', '1 while HAProxy runs, as far as is known.');
  readonly #failures = this.#counter('signalbox_failures_total', 'Attempts that failed and are repeated.', ['code']);
  readonly #rejected = this.#counter(
    'signalbox_rejected_total',
    'Times that HAProxy refused a configuration and nobody was found to blame.',
  );
  readonly #diagnostics = this.#gauge('signalbox_diagnostics', 'What users should know of what they wrote, as of now.', ['severity']);
  readonly #commands = this.#counter('signalbox_live_commands_total', 'Commands sent to a running HAProxy.');
  readonly #bytes = this.#counter('signalbox_live_bytes_total', 'Bytes sent to a running HAProxy.');
  /** By target: whether the attempt that is told of started HAProxy. */
  readonly #starts = new Map<string, boolean>();
  #hasApplied = false;

  constructor(controller: Pick<Controller, 'events'>, isReady: () => boolean) {
    const { events } = controller;
    const ready = this.#gauge('signalbox_ready', '1 while /readyz answers 200.', [], (gauge) => gauge.set(isReady() ? 1 : 0));
    ready.set(0);
    addProcessMetrics(this.#registry);
    this.#showAll();
    new ClassicMetrics(this.#registry).follow(controller);
    events.on('changed', () => this.#changes.inc());
    events.on('applied', (applied) => this.#applied(applied));
    events.on('reloaded', (reloaded) => this.#reloaded(reloaded));
    events.on('drifted', ({ differences }) => this.#drift.inc(differences.length));
    events.on('quarantined', ({ objects }) => this.#quarantined.set(objects.length));
    events.on('rejected', () => this.#rejected.inc());
    events.on('failed', ({ error }) => this.#failures.inc({ code: codeOf(error) }));
    events.on('diagnostics', ({ added, removed }) => {
      for (const { severity } of added) this.#diagnostics.inc({ severity });
      for (const { severity } of removed) this.#diagnostics.dec({ severity });
    });
    events.on('haproxy', ({ report }) => {
      if (report.oldWorkers !== undefined) this.#oldWorkers.set(report.oldWorkers);
      if (report.kind !== 'failed' && report.kind !== 'workers') this.#up.set(report.kind === 'died' || report.kind === 'stopped' ? 0 : 1);
    });
  }

  /** The media type of {@link ControllerMetrics.text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All series as of now, in the text format of Prometheus. */
  async text(): Promise<string> {
    return this.#registry.metrics();
  }

  #applied({ target, steps, live, reload, sent, durationMs }: Applied): void {
    this.#starts.set(target, reload === 'started');
    // One that has changed nothing may only have been told that HAProxy is dead.
    if (!this.#hasApplied || reload !== 'none' || live.length > 0) this.#up.set(1);
    this.#hasApplied = true;
    this.#commands.inc(sent?.commands ?? 0);
    this.#bytes.inc(sent?.bytes ?? 0);
    // HAProxy had them when it was found running, where nothing was done with them.
    const rest: Lane = reload === 'reloaded' ? 'reload' : 'start';
    const isLive = new Set(live);
    // There are hundreds of thousands at a start.
    const counts = { live: new Map<string, number>(), [rest]: new Map<string, number>() } as Record<Lane, Map<string, number>>;
    for (const step of steps) {
      const kind = (step.after ?? step.before)?.type;
      const of = counts[isLive.has(step) ? 'live' : rest];
      if (kind !== undefined) of.set(kind, (of.get(kind) ?? 0) + 1);
    }
    for (const lane of ['live', rest] as const) for (const [kind, count] of counts[lane]) this.#steps.inc({ kind, lane }, count);
    if (reload === 'none' && steps.length === 0) return;
    this.#durations.observe({ lane: reload === 'none' && live.length > 0 ? 'live' : rest }, durationMs / 1_000);
  }

  #reloaded({ target, causes, oldWorkers }: Reloaded): void {
    const of = new Set(causes.map(({ cause }) => cause));
    const reason = this.#starts.get(target) === true ? 'start' : (reloadCauses.find((cause) => of.has(cause)) ?? 'other');
    this.#reloads.inc({ reason });
    if (oldWorkers !== undefined) this.#oldWorkers.set(oldWorkers);
  }

  /** So that each series is there before something happens: a rate that begins at 1 misses the first time. */
  #showAll(): void {
    for (const lane of lanes) {
      for (const kind of rowTypes) this.#steps.inc({ kind, lane }, 0);
      this.#durations.zero({ lane });
    }
    for (const reason of [...reloadCauses, 'start', 'other']) this.#reloads.inc({ reason }, 0);
    for (const code of [...Object.keys(errorCodes), 'OTHER']) this.#failures.inc({ code }, 0);
    for (const severity of severities) this.#diagnostics.set({ severity }, 0);
  }

  #counter<L extends string>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.#registry] });
  }

  #gauge<L extends string>(name: string, help: string, labelNames: readonly L[] = [], update?: (gauge: Gauge<L>) => void): Gauge<L> {
    return new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      ...(update && {
        collect(this: Gauge<L>) {
          update(this);
        },
      }),
    });
  }
}

/** One of our own codes; errors of others, and codes of plugins, are counted together. */
function codeOf(error: unknown): string {
  return SignalboxError.is(error) && Object.hasOwn(errorCodes, error.code) ? error.code : 'OTHER';
}

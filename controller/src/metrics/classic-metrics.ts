import { type Controller, type ControllerEvents, SignalboxError, type Step } from '@signalbox/core';
import { Counter, Gauge, type Registry } from 'prom-client';

const results = ['success', 'failure'] as const;
/** The rows that HAProxy's own controller counts. */
const objects = ['server', 'map'] as const;

type Applied = ControllerEvents['applied'][0];
type Reloaded = ControllerEvents['reloaded'][0];

/** The metrics of HAProxy's own controller, under its names, for the dashboards and alerts that there are. */
export class ClassicMetrics {
  readonly #reloads: Counter<'result'>;
  readonly #socket: Counter<'object' | 'result'>;
  readonly #unableToSync: Gauge;
  /** By target: whether what is told of as a reload was a start. */
  readonly #starts = new Map<string, boolean>();

  constructor(registry: Registry) {
    const registers = [registry];
    this.#reloads = new Counter({
      name: 'haproxy_reloads_total',
      help: 'Reloads of HAProxy by result.',
      labelNames: ['result'],
      registers,
    });
    this.#socket = new Counter({
      name: 'haproxy_runtime_socket_connections_total',
      help: 'Servers and map rows given to a running HAProxy, by result.',
      labelNames: ['object', 'result'],
      registers,
    });
    this.#unableToSync = new Gauge({
      name: 'haproxy_unable_to_sync_configuration',
      help: '1 while HAProxy does not have what is wanted, because it refuses it or cannot be reached.',
      registers,
    });
    for (const result of results) {
      this.#reloads.inc({ result }, 0);
      for (const object of objects) this.#socket.inc({ object, result }, 0);
    }
  }

  follow({ events }: Pick<Controller, 'events'>): void {
    events.on('applied', (applied) => this.#applied(applied));
    events.on('reloaded', (reloaded) => this.#reloaded(reloaded));
    events.on('rejected', () => this.#unableToSync.set(1));
    events.on('failed', ({ error, retryInMs }) => {
      // A reporter that fails is not tried again, and holds up nobody.
      if (Number.isFinite(retryInMs)) this.#unableToSync.set(1);
      if (SignalboxError.is(error) && error.code === 'HAPROXY_RELOAD_FAILED') this.#reloads.inc({ result: 'failure' });
    });
  }

  #applied({ target, live, reload }: Applied): void {
    this.#starts.set(target, reload === 'started');
    this.#unableToSync.set(0);
    for (const step of live) this.#count(step, 'success');
  }

  #reloaded({ target, causes }: Reloaded): void {
    if (this.#starts.get(target) !== true) this.#reloads.inc({ result: 'success' });
    for (const { cause, step } of causes)
      if (step !== undefined && (cause === 'refused' || cause === 'unreachable')) this.#count(step, 'failure');
  }

  #count(step: Step, result: (typeof results)[number]): void {
    const type = (step.after ?? step.before)?.type;
    const object = objects.find((each) => each === type);
    if (object !== undefined) this.#socket.inc({ object, result });
  }
}

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Registry } from 'prom-client';

/** How often the event loop is looked at, in milliseconds. */
const lookMs = 100;

/**
 * The few figures of our own process that say whether it is well. Those that prom-client knows have its names; all that it has would be
 * three times as many series as there are of ours.
 */
export function addProcessMetrics(registry: Registry): void {
  const registers = [registry];
  const pauses = monitorEventLoopDelay({ resolution: lookMs });
  pauses.enable();
  new Gauge({
    name: 'process_start_time_seconds',
    help: 'When the process was started, in seconds since 1970.',
    registers,
  }).set(Math.round(performance.timeOrigin / 1_000));
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory in bytes.',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  let countedMicros = 0;
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of user and system, in seconds.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.inc((user + system - countedMicros) / 1e6);
      countedMicros = user + system;
    },
  });
  new Gauge({
    name: 'nodejs_eventloop_lag_max_seconds',
    help: 'The longest time that the event loop was late since these figures were last asked for.',
    registers,
    collect() {
      this.set(Math.max(0, pauses.max / 1e9 - lookMs / 1_000));
      pauses.reset();
    },
  });
}

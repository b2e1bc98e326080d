import { signalboxError } from '../errors.js';
import type { DurableSink } from '../target/durable-sink.js';
import type { LiveSink } from '../target/live-sink.js';
import { LocalTarget } from '../target/local-target.js';

/** Keeps the configuration of a HAProxy on disk, or changes it while it runs. @public */
export type Sink = DurableSink | LiveSink;

export function isDurable(sink: Sink): sink is DurableSink {
  return 'write' in sink;
}

/** The targets that sinks are short for. @throws {@link SignalboxError} `COMPOSITION_INVALID` for a live sink that follows no durable one. */
export function localTargets(sinks: readonly Sink[], reloadIntervalMs?: number): readonly LocalTarget[] {
  const pairs: { readonly durable: DurableSink; live?: LiveSink }[] = [];
  for (const sink of sinks) {
    const last = pairs.at(-1);
    if (isDurable(sink)) pairs.push({ durable: sink });
    else if (last === undefined || last.live !== undefined) {
      throw signalboxError(
        'COMPOSITION_INVALID',
        `The sink "${sink.name}" changes a running HAProxy, but no sink before it in "sinks" keeps that HAProxy's configuration on disk. Put haproxyCfg(…) before it.`,
      );
    } else last.live = sink;
  }
  return pairs.map((pair) => new LocalTarget({ ...pair, ...(reloadIntervalMs !== undefined && { reloadIntervalMs }) }));
}

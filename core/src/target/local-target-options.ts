import type { FileLayout } from '../haproxy/config-files.js';
import type { DurableSink } from './durable-sink.js';
import type { LiveSink } from './live-sink.js';

/** @public */
export interface LocalTargetOptions {
  readonly durable: DurableSink;
  /** Changes HAProxy while it runs. Default: each change is a reload. Needs a durable sink that takes notes. */
  readonly live?: LiveSink;
  /** Default: backends stand in `haproxy.cfg` up to 500 of them, then in 256 files. Chosen at the first configuration. */
  readonly layout?: FileLayout;
  /** At least so long between two reloads, in milliseconds; longer while old workers pile up, but never above 5,000. Default 500. */
  readonly reloadIntervalMs?: number;
}

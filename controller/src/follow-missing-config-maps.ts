import type { Controller } from '@signalbox/core';
import type { Log } from './logging/log.js';
import type { ManifestFlags } from './cli/options.js';
import { missingConfigMaps } from './manifest-options.js';

/** Tells of each ConfigMap that a flag names and that is not there, or not any more, and when it is. */
export function followMissingConfigMaps(
  flags: Omit<ManifestFlags, 'files'>,
  { events, pipeline }: Pick<Controller, 'events' | 'pipeline'>,
  log: Pick<Log, 'warn' | 'info'>,
): void {
  const told = new Set<string>();
  const look = (): void => {
    const missing = new Set(missingConfigMaps(flags, pipeline));
    for (const message of missing.difference(told)) log.warn(message);
    for (const message of told.difference(missing)) {
      told.delete(message);
      log.info(`Settled: ${message}`);
    }
    for (const message of missing) told.add(message);
  };
  events.once('applied', () => {
    look();
    events.on('changed', look);
  });
}

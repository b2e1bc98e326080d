import { setTimeout as sleep } from 'node:timers/promises';
import { type Controller, haproxyFeatures, type Target } from '@signalbox/core';
import { controllerModule, type ControllerSettings, partsModule, resolve, tokens } from '@signalbox/inversify';
import { Container } from 'inversify';
import { CommandError } from '../command-error.js';
import { messageOf } from '../logging/printable.js';
import { readingParts, type ReadingOptions } from '../parts.js';
import { notChecked, tellFindings } from './check.js';

/** All objects are there by then, or something is in the way. */
const readWithinMs = 60_000;

/** In place of HAProxy: takes everything, and does nothing. */
const nowhere: Target = {
  name: 'nowhere',
  features: async () => haproxyFeatures('HAProxy version 3.0.0'),
  apply: async () => ({ steps: [], reload: 'none', durationMs: 0 }),
  onReport: () => () => undefined,
  close: async () => undefined,
};

/** Prints what is wrong with all there is to read, of files or of a cluster, as far as HAProxy need not be asked. */
export async function testMode(reading: ReadingOptions, settings: ControllerSettings): Promise<number> {
  const container = new Container();
  container.load(readingParts(reading), partsModule({ settings, targets: [nowhere] }), controllerModule);
  const controller = resolve(container, tokens.controller);
  const ended = new AbortController();
  const running = controller.run(ended.signal);
  try {
    await Promise.race([running, untilRead(controller, ended.signal)]);
    return tellFindings(controller.pipeline.diagnostics());
  } catch (cause) {
    throw new CommandError(messageOf(cause), { exitCode: notChecked, cause });
  } finally {
    ended.abort();
    await running.catch(() => undefined);
  }
}

/** What is looked up late, such as Secrets and names, has come by the time at which HAProxy would get it. */
async function untilRead(controller: Controller, signal: AbortSignal): Promise<void> {
  const applied = new Promise<void>((resolve) => {
    controller.events.once('applied', () => resolve());
  });
  const late = sleep(readWithinMs, undefined, { signal, ref: false }).then(() => {
    throw new Error(`Not all objects could be read within ${String(readWithinMs / 1_000)} s.`);
  });
  late.catch(() => undefined);
  await Promise.race([applied, late]);
}

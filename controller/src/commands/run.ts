import { controllerModule, partsModule, resolve, tokens } from '@signalbox/inversify';
import { Container } from 'inversify';
import type { ListenFlags, LogFlags, ManifestFlags, ProcessFlags } from '../cli/options.js';
import { keptCertificate } from '../default-certificate.js';
import { prepareFolders } from '../default-folders.js';
import { whereIpv6Works } from '../ipv6.js';
import { distinctPorts, listenOptions, portsByFlag } from '../listen.js';
import { createLog } from '../logging/log.js';
import { logReporter } from '../logging/log-reporter.js';
import { sinkLogger } from '../logging/sink-logger.js';
import { readingOptions, settingsOf } from '../manifest-options.js';
import { ControllerMetrics } from '../metrics/controller-metrics.js';
import { ownListeners } from '../own-listeners.js';
import { readingParts } from '../parts.js';
import { onCrash, serve } from '../serving.js';
import { servingParts } from '../serving-parts.js';
import { StatusServer } from '../status-server.js';
import { StopSignals } from '../stop-signals.js';

export interface RunFlags extends ManifestFlags, ListenFlags, ProcessFlags, LogFlags {}

/** Serves until a signal. */
export async function run(flags: RunFlags): Promise<number> {
  using stops = new StopSignals();
  const { controllerPort, onStop, haproxy } = flags;
  const log = createLog({ level: flags.log === 'warning' ? 'warn' : flags.log, format: flags.logFormat });
  onCrash(log);
  const folders = await prepareFolders(flags);
  const wanted = listenOptions(flags);
  distinctPorts({ ...portsByFlag(wanted), '--controller-port': controllerPort });
  const listen = await whereIpv6Works(wanted, (message) => log.warn(message));
  const certificate = await keptCertificate(folders.configDir);
  if (certificate.isNew) log.info(`Made a self-signed default certificate in ${folders.configDir}.`);

  const container = new Container();
  container.load(
    readingParts(readingOptions(flags, true)),
    servingParts({
      haproxy: { ...folders, logger: sinkLogger(log), ...(haproxy !== undefined && { haproxy }) },
      reporter: logReporter(log),
    }),
    partsModule({ settings: { ...settingsOf(flags, listen, certificate.pem, ownListeners(listen, controllerPort)), onStop } }),
    controllerModule,
  );
  const controller = resolve(container, tokens.controller);
  const isReady = (): boolean => controller.isReady && !stops.signal.aborted;
  const status = new StatusServer({ isReady, metrics: new ControllerMetrics(controller, isReady) });
  if (controllerPort !== 0) await status.listen(controllerPort);
  try {
    await serve(controller, { log, runtimeDir: folders.runtimeDir, stops, onStop });
    return 0;
  } finally {
    status.close();
    // Nothing of ours is left to do; whatever a library still holds must not keep us.
    setTimeout(() => process.exit(), 500).unref();
  }
}

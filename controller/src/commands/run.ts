import { setFlagsFromString } from 'node:v8';
import { type Controller, SignalboxError } from '@signalbox/core';
import { controllerModule, partsModule, resolve, tokens } from '@signalbox/inversify';
import { clusterConnection } from '@signalbox/source-kubernetes';
import { Container } from 'inversify';
import type { ClusterFlags } from '../cli/cluster-options.js';
import type { PendingFlags, UnusedFlags } from '../cli/drop-in-options.js';
import type { Notice } from '../cli/flag.js';
import type { ListenFlags, LogFlags, ProcessFlags, ReadingFlags } from '../cli/options.js';
import { clusterReporter, reportingOptions } from '../cluster-reporter.js';
import { badUseError, CommandError } from '../command-error.js';
import { keptCertificate } from '../default-certificate.js';
import { prepareFolders } from '../default-folders.js';
import { whereIpv6Works } from '../ipv6.js';
import { distinctPorts, type ListenChoices, listenOptions, portsByFlag } from '../listen.js';
import { createLog, type Log } from '../logging/log.js';
import { logReporter } from '../logging/log-reporter.js';
import { sinkLogger } from '../logging/sink-logger.js';
import { followMissingConfigMaps } from '../follow-missing-config-maps.js';
import { clusterOf, readingOptions, settingsOf } from '../manifest-options.js';
import { ControllerMetrics } from '../metrics/controller-metrics.js';
import { ownListeners } from '../own-listeners.js';
import { readingParts, type ReadingOptions } from '../parts.js';
import { placeholderCertificate } from '../placeholder-certificate.js';
import { onCrash, serve } from '../serving.js';
import { servingParts } from '../serving-parts.js';
import { StatusServer } from '../status-server.js';
import { StopSignals } from '../stop-signals.js';
import { Watchdog } from '../watchdog.js';
import { testMode } from './test-mode.js';

export interface RunFlags extends ReadingFlags, ClusterFlags, ListenFlags, ProcessFlags, LogFlags, PendingFlags, UnusedFlags {
  readonly files?: readonly string[];
}

/**
 * Serves until a signal, or does what is asked for instead.
 * @param notices - What there is to say of the flags.
 */
export async function run(flags: RunFlags, notices: readonly Notice[]): Promise<number> {
  const { inputFile, outputFile, controllerPort } = flags;
  if (inputFile !== undefined || outputFile !== undefined)
    throw badUseError('There are no custom resources here, so --input-file and --output-file have nothing to convert. Leave them out.');
  const log = createLog({ level: flags.log === 'warning' ? 'warn' : flags.log, format: flags.logFormat });
  for (const { level, message } of notices) log[level](message);
  if (flags.jobCheckCrd === true) return 0;
  const listen = listenOptions(flags);
  distinctPorts({ ...portsByFlag(listen), '--controller-port': controllerPort });
  const reading = readingOf(flags, log);
  const serving = { log, listen, reading };
  const task = flags.t === true ? testOnly(flags, serving) : serveUntilStopped(flags, serving);
  return task.catch((error: unknown) => {
    throw reading.cluster === undefined ? error : withFlags(error);
  });
}

async function testOnly(flags: RunFlags, { listen, reading }: Serving): Promise<number> {
  const own = ownListeners(listen, flags.controllerPort);
  // Files are read once; a cluster cannot be read in any other way than by following it.
  return testMode({ ...reading, follow: false }, settingsOf(flags, listen, placeholderCertificate, own));
}

function readingOf(flags: RunFlags, log: Log): ReadingOptions {
  const { files = [], namespaceWhitelist, namespaceBlacklist } = flags;
  const cluster = clusterOf(flags);
  if (cluster === undefined && (namespaceWhitelist ?? namespaceBlacklist) !== undefined)
    log.warn('The lists of namespaces are for a cluster, and none is read: files count whatever namespace they name. Give --cluster too.');
  return { ...readingOptions({ ...flags, files }, true), ...(cluster && { cluster: { ...cluster, logger: sinkLogger(log) } }) };
}

interface Serving {
  readonly log: Log;
  readonly listen: ListenChoices;
  readonly reading: ReadingOptions;
}

async function serveUntilStopped(flags: RunFlags, { log, listen: wanted, reading }: Serving): Promise<number> {
  using stops = new StopSignals();
  const { controllerPort, masterSocket, haproxy = flags.program } = flags;
  // One that is not ours goes on whatever we wish.
  const onStop = masterSocket === undefined ? flags.onStop : 'keep';
  onCrash(log);
  const folders = await prepareFolders(flags);
  const listen = await whereIpv6Works(wanted, (message) => log.warn(message));
  const certificate = await keptCertificate(folders.configDir);
  if (certificate.isNew) log.info(`Made a self-signed default certificate in ${folders.configDir}.`);

  // One way to the API server for all who ask it.
  const connection = reading.cluster && (await clusterConnection(reading.cluster));
  const container = new Container();
  container.load(
    readingParts({ ...reading, ...(connection && { cluster: { ...reading.cluster, connection } }) }),
    servingParts({
      haproxy: {
        ...folders,
        logger: sinkLogger(log),
        ...(haproxy !== undefined && { haproxy }),
        ...(masterSocket !== undefined && { external: { masterSocket } }),
      },
      reporter: logReporter(log),
      ...(connection && {
        clusterReporter: clusterReporter(
          { ...reportingOptions(flags, connection.namespace), api: connection, logger: sinkLogger(log) },
          () => controller.pipeline,
        ),
      }),
    }),
    partsModule({ settings: { ...settingsOf(flags, listen, certificate.pem, ownListeners(listen, controllerPort)), onStop } }),
    controllerModule,
  );
  const controller = resolve(container, tokens.controller);
  const unready = (): string | undefined => (stops.signal.aborted ? 'stopping' : whyUnready(controller));
  const isReady = (): boolean => unready() === undefined;
  using watchdog = new Watchdog(controller, {
    onStuck: (why) => log.error(`Stuck: ${why}. /healthz says so, and HAProxy goes on; start the controller anew.`),
  });
  const status = new StatusServer({
    unready,
    stuck: () => watchdog.stuck,
    metrics: new ControllerMetrics(controller, isReady),
  });
  if (controllerPort !== 0) await status.listen(controllerPort);
  followMissingConfigMaps(flags, controller, log);
  controller.events.once('applied', preferMemory);
  try {
    await serve(controller, { log, runtimeDir: folders.runtimeDir, stops, onStop });
    return 0;
  } finally {
    status.close();
    await connection?.close();
    // Nothing of ours is left to do; whatever a library still holds must not keep us.
    setTimeout(() => process.exit(), 500).unref();
  }
}

/**
 * From now on there is little to do, and memory counts more than time. V8 looks for garbage as soon as there is a twelfth more than was in use
 * before, which at first is at once: what a start leaves is as much again as what stays. (From a tenth on it would look twice more, eight
 * seconds later.) Its young generation does not grow again. With 5,000 Ingresses that is 260 MB instead of 360 right after the start.
 */
function preferMemory(): void {
  for (const flag of ['optimize-for-size', 'heap-growing-percent=100', 'incremental-marking-hard-trigger=7', 'semi-space-growth-factor=1'])
    setFlagsFromString(`--${flag}`);
}

function whyUnready({ isReady, waitsFor }: Controller): string | undefined {
  if (isReady) return undefined;
  return waitsFor.length > 0 ? `no full list yet from ${waitsFor.join(', ')}` : 'the first configuration is not applied yet';
}

/** A source knows options, and who types has flags. */
function withFlags(error: unknown): unknown {
  const cause = error instanceof CommandError ? error.cause : error;
  if (!SignalboxError.is(cause) || cause.code !== 'SOURCE_UNREADABLE') return error;
  return new CommandError(`${cause.message} Here that is --kubeconfig; --files serves manifests without a cluster.`, {
    exitCode: error instanceof CommandError ? error.exitCode : 1,
    cause,
  });
}

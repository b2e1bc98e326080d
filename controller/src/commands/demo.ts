import { rmSync } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve as resolvePath } from 'node:path';
import { SecretText } from '@signalbox/core';
import { controllerModule, partsModule, resolve, tokens } from '@signalbox/inversify';
import { Container } from 'inversify';
import type { ListenFlags } from '../cli/options.js';
import { CommandError } from '../command-error.js';
import { madeCertificate } from '../default-certificate.js';
import { guide } from '../demo/guide.js';
import { defaultBackend, SampleObjects } from '../demo/sample-objects.js';
import { SampleServer } from '../demo/sample-servers.js';
import { bindProblem, freePorts } from '../free-ports.js';
import { endHaproxyOf } from '../haproxy-of-folder.js';
import { whereIpv6Works } from '../ipv6.js';
import { distinctPorts, type ListenChoices, listenOptions, portsByFlag } from '../listen.js';
import { createLog } from '../logging/log.js';
import { logReporter } from '../logging/log-reporter.js';
import { sinkLogger } from '../logging/sink-logger.js';
import { ownListeners } from '../own-listeners.js';
import { readingParts } from '../parts.js';
import { takenPortMessage } from '../port-owner.js';
import { onCrash, serve } from '../serving.js';
import { servingParts } from '../serving-parts.js';
import { StopSignals } from '../stop-signals.js';

export interface DemoFlags extends Omit<ListenFlags, 'healthzBindPort' | 'localpeerPort'> {
  readonly files?: string;
  readonly haproxy?: string;
  readonly healthzBindPort?: number;
  readonly localpeerPort?: number;
}

/** The manifests of a clone of the repository. */
const quickstart = resolvePath(import.meta.dirname, '..', '..', '..', 'examples', 'quickstart');

/** Long temporary folders have no room for the names of sockets. */
const longestTemporaryFolder = 50;

/** Serves the quickstart until Ctrl-C. */
export async function demo(flags: DemoFlags): Promise<number> {
  using stops = new StopSignals();
  const manifests = resolvePath(flags.files ?? quickstart);
  await access(manifests).catch((cause: unknown) => {
    throw new CommandError(
      `There are no manifests at ${manifests}. Name a folder of manifests with --files; the quickstart is in the repository.`,
      { cause },
    );
  });
  const [healthz = 0, localpeer = 0] = await freePorts(2);
  const place = await mkdtemp(join(tmpdir().length > longestTemporaryFolder ? '/tmp' : tmpdir(), 'signalbox-demo-'));
  const servers = [new SampleServer('app-1', 200), new SampleServer('app-2', 200), new SampleServer('default-backend', 404)] as const;
  try {
    const listen = await usableListen({
      ...flags,
      healthzBindPort: flags.healthzBindPort ?? healthz,
      localpeerPort: flags.localpeerPort ?? localpeer,
    });
    await Promise.all(servers.map(async (server) => server.start()));
    await serveSamples({ flags, stops, manifests, place, listen, servers });
    return 0;
  } finally {
    for (const server of servers) server.stop();
    endHaproxyOf(join(place, 'run'), 'SIGKILL');
    await rm(place, { recursive: true, force: true, maxRetries: 5 });
    setTimeout(() => process.exit(), 500).unref();
  }
}

interface Scene {
  readonly flags: DemoFlags;
  readonly stops: StopSignals;
  readonly manifests: string;
  readonly place: string;
  readonly listen: ListenChoices;
  readonly servers: readonly [SampleServer, SampleServer, SampleServer];
}

async function serveSamples({ flags, stops, manifests, place, listen, servers }: Scene): Promise<void> {
  const [first, second, notFound] = servers;
  // Until all is there only trouble is worth a line.
  const log = createLog({ level: 'warn', format: 'text' });
  const folders = { configDir: join(place, 'config'), runtimeDir: join(place, 'run') };
  onCrash(log, () => {
    endHaproxyOf(folders.runtimeDir, 'SIGKILL');
    rmSync(place, { recursive: true, force: true });
  });
  const otherwise = new SecretText(await madeCertificate());

  const container = new Container();
  container.load(
    readingParts({ paths: [manifests], configMap: 'default/haproxy-configmap' }),
    partsModule({
      sources: [new SampleObjects([first, second], notFound)],
      settings: { listen, defaultBackend, defaultCertificate: { otherwise }, endpoints: { own: ownListeners(listen, 0) } },
    }),
    servingParts({
      haproxy: { ...folders, logger: sinkLogger(log), ...(flags.haproxy !== undefined && { haproxy: flags.haproxy }) },
      reporter: logReporter(log),
    }),
    controllerModule,
  );
  const controller = resolve(container, tokens.controller);
  controller.events.once('applied', () => {
    process.stdout.write(guide(listen, manifests));
    // From the next change on; the first is what the guide is about.
    setImmediate(() => (log.level = 'info'));
  });
  await serve(controller, { log, runtimeDir: folders.runtimeDir, stops, onStop: 'stop', isFatal: () => true });
}

/** Where HAProxy listens. @throws {@link CommandError} naming the first port that is taken. */
async function usableListen(flags: ListenFlags): Promise<ListenChoices> {
  const wanted = listenOptions(flags, { ipv4: flags.ipv4BindAddress, ipv6: flags.ipv6BindAddress });
  distinctPorts(portsByFlag(wanted));
  const listen = await whereIpv6Works(wanted, () => undefined);
  for (const [flag, port] of Object.entries(portsByFlag(listen))) {
    for (const address of port === 0 ? [] : listen.addresses) {
      const problem = await bindProblem(address, port);
      if (problem === 'EADDRINUSE') throw new CommandError(await takenPortMessage(flag, port));
      if (problem !== undefined)
        throw new CommandError(`Port ${String(port)} of ${address} cannot be used (${problem}). Choose another with ${flag}.`);
    }
  }
  return listen;
}

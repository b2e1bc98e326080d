import type { Command } from 'commander';
import { Flag, Switch } from './flag.js';
import { addGroup } from './options.js';
import { controllerName, namespacedName, portNumber } from './values.js';

/**
 * Flags whose work nothing does yet. Whoever builds what one asks for moves it to the options that it belongs to, so that it says no more that
 * it is not supported.
 */
export interface PendingFlags {
  readonly gatewayControllerName?: string;
  readonly customValidationRules?: string;
  readonly enableCustomAnnotationsOnIngress?: boolean;
  readonly quicBindPort?: number;
  readonly quicAnnouncePort?: number;
}

export function addPendingOptions(command: Command): void {
  const port = (flags: string, what: string): Flag => new Flag(flags, what).argParser(portNumber);
  addGroup(command, 'Known, not supported yet:', [
    new Flag('--gateway-controller-name <name>', 'name of the controller in GatewayClasses')
      .argParser(controllerName)
      .notYet('Gateways are not served'),
    new Flag('--custom-validation-rules <namespace/name>', 'ValidationRules for annotations of your own')
      .argParser(namespacedName)
      .notYet('annotations of your own are not read'),
    new Switch('--enable-custom-annotations-on-ingress', 'allow annotations of your own on Ingresses').notYet(
      'annotations of your own are not read',
    ),
    port('--quic-bind-port <port>', 'UDP port of QUIC').notYet('QUIC is not spoken'),
    port('--quic-announce-port <port>', 'port of QUIC as clients see it').notYet('QUIC is not spoken'),
  ]);
}

/** Flags that mean something to HAProxy's own controller, and nothing here. */
export interface UnusedFlags {
  /** There is nothing to do, and it is done at once. */
  readonly jobCheckCrd?: boolean;
  /** A wish that cannot be granted. */
  readonly inputFile?: string;
  readonly outputFile?: string;
}

export function addUnusedOptions(command: Command): void {
  const flag = (flags: string, why: string): Flag => (flags.includes('<') ? new Flag(flags, why) : new Switch(flags, why)).withoutEffect();
  addGroup(command, 'Accepted, without effect:', [
    flag('--sync-period <duration>', 'changes are taken up at once'),
    flag('--initial-sync-period <duration>', 'the first configuration is applied when all objects have been read'),
    flag('--cache-resync-period <duration>', 'objects are followed, and listed anew every 30 minutes'),
    flag('--channel-size <number>', 'changes wait in no queue'),
    flag('--default-backend-port <port>', 'HAProxy itself answers 404 where there is no default backend'),
    flag('--prometheus', '/metrics is always there, on --controller-port'),
    flag('-p, --pprof', 'Node has profiles of its own: NODE_OPTIONS=--cpu-prof'),
    flag('--disable-quic', 'QUIC is not spoken yet'),
    flag('--disable-writing-only-if-reload', 'what HAProxy is told is on the disk at the same time'),
    flag('--experimental <list>', 'Ingresses share the backend of a Service where they ask the same of it'),
    flag('-e, --external', 'inside and outside of a cluster it works the same; --kubeconfig says which one'),
    flag('--with-s6-overlay', 'the controller starts HAProxy itself'),
    flag('--with-pebble', 'the controller starts HAProxy itself'),
    flag('--job-check-crd', 'there are no custom resources to define; ends with success at once'),
    flag('--input-file <path>', 'there are no custom resources to convert; ends with an error'),
    flag('--output-file <path>', 'there are no custom resources to convert; ends with an error'),
  ]);
}

import { resolve } from 'node:path';

/** Where the sink says what it does: console and pino fit. Never told the content of a file. @public */
export interface SinkLogger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/**
 * A HAProxy that somebody else runs: told of new files, never started, restarted or stopped.
 * It has to read `CONFIGDIR/current` (`haproxy -f CONFIGDIR/current`), as the user that owns the files or as root.
 *
 * The first way that is given is used. Only the master socket tells whether HAProxy took the files up.
 * @public
 */
export interface ExternalHaproxy {
  /** Path of the socket of `haproxy -W -S PATH`. */
  readonly masterSocket?: string;
  /** A file with the pid of the master. */
  readonly pidFile?: string;
  /** What is sent to that pid. Default `SIGUSR2`, which makes a master reload. */
  readonly signal?: NodeJS.Signals;
  /** Program and arguments that make HAProxy reload, and exit with 0 if it did: `['systemctl', 'reload', 'haproxy']`. */
  readonly command?: readonly string[];
}

/** @public */
export interface HaproxyCfgOptions {
  /** Folder of the generations of files; ours alone, and to be kept over restarts. Made where it is missing. */
  readonly configDir: string;
  /** Folder of sockets, the pid file, the state of servers and HAProxy's log; may be lost at a reboot. Made where it is missing. */
  readonly runtimeDir: string;
  /** The binary, as a path or a name on the PATH. Default: `$HAPROXY`, then `haproxy`. */
  readonly haproxy?: string;
  /** More arguments for HAProxy, in runs and in checks. */
  readonly extraArguments?: readonly string[];
  /** Default: nothing is logged. */
  readonly logger?: SinkLogger;
  /** Drive a HAProxy that somebody else runs. Default: run one of our own. */
  readonly external?: ExternalHaproxy;
  /** How long HAProxy may take to check, to start or to load a configuration. Default 60,000. */
  readonly loadTimeoutMs?: number;
}

/** Every path that the sink uses, absolute. */
export class SinkPaths {
  readonly configDir: string;
  readonly runtimeDir: string;
  readonly generations: string;
  readonly current: string;
  readonly failed: string;
  readonly lock: string;
  readonly memory: string;
  readonly journal: string;
  readonly masterSocket: string;
  readonly pidFile: string;
  readonly statsSocket: string;
  readonly serverState: string;
  readonly log: string;
  readonly record: string;

  constructor(options: Pick<HaproxyCfgOptions, 'configDir' | 'runtimeDir'>) {
    this.configDir = resolve(options.configDir);
    this.runtimeDir = resolve(options.runtimeDir);
    this.generations = resolve(this.configDir, 'generations');
    this.current = resolve(this.configDir, 'current');
    this.failed = resolve(this.configDir, 'failed');
    this.lock = resolve(this.configDir, 'lock');
    this.memory = resolve(this.configDir, 'memory');
    this.journal = resolve(this.configDir, 'journal');
    this.masterSocket = resolve(this.runtimeDir, 'master.sock');
    this.pidFile = resolve(this.runtimeDir, 'haproxy.pid');
    this.statsSocket = resolve(this.runtimeDir, 'haproxy.sock');
    this.serverState = resolve(this.runtimeDir, 'server-state');
    this.log = resolve(this.runtimeDir, 'haproxy.log');
    this.record = resolve(this.runtimeDir, 'running.json');
  }
}

export const silent: SinkLogger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export const defaultLoadTimeoutMs = 60_000;

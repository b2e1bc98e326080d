import type { SecretText } from '../secret-text.js';

/** A server as a running HAProxy is to have it. @public */
export interface LiveServer {
  readonly name: string;
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly port: number;
  /** By which HAProxy knows it over reloads: from 1 to 2^31 - 1. */
  readonly id: number;
  /** From 0 to 256. */
  readonly weight?: number;
  /** Connections at a time; 0 for no bound. */
  readonly maxconn?: number;
}

/** A row of a map. @public */
export interface LiveRow {
  readonly key: string;
  readonly value: string;
}

/**
 * One thing to change in a running HAProxy. Names of files are those that the configuration says: `maps/host.map`. Whatever values hold,
 * they are data.
 * @public
 */
export type LiveStep =
  /** `options` are those that its backend gives to all servers, each a word. It takes requests when this is done; its checks run. */
  | {
      readonly do: 'add server';
      readonly backend: string;
      readonly server: LiveServer;
      readonly options: readonly string[];
      readonly isChecked: boolean;
    }
  /** Takes requests. */
  | { readonly do: 'ready server'; readonly backend: string; readonly name: string }
  | { readonly do: 'set weight'; readonly backend: string; readonly name: string; readonly weight: number }
  | { readonly do: 'set maxconn'; readonly backend: string; readonly name: string; readonly maxconn: number }
  | { readonly do: 'set address'; readonly backend: string; readonly name: string; readonly address: string; readonly port: number }
  /**
   * It gets no more requests at once. Busy while it has connections, unless `cut`: then those are ended, and it may still be busy for a
   * moment. One that is not there is done.
   */
  | { readonly do: 'remove server'; readonly backend: string; readonly name: string; readonly cut: boolean }
  /** Not for keys that are there. */
  | { readonly do: 'add row'; readonly map: string; readonly row: LiveRow }
  /** For keys that are there. */
  | { readonly do: 'set row'; readonly map: string; readonly row: LiveRow }
  /** A key that is not there is done. */
  | { readonly do: 'delete row'; readonly map: string; readonly key: string }
  /** All rows at once: each look-up sees the ones before or the new ones. */
  | { readonly do: 'replace map'; readonly map: string; readonly rows: Iterable<LiveRow> }
  | { readonly do: 'replace list'; readonly list: string; readonly entries: readonly string[] }
  /** A certificate with its chain and key, which is there or not. */
  | { readonly do: 'put certificate'; readonly file: string; readonly pem: SecretText }
  /** Busy while something uses it. One that is not there is done. */
  | { readonly do: 'remove certificate'; readonly file: string }
  /** Certificates of authorities, in a file that the configuration names. Refused where HAProxy cannot do it well: then it is reloaded. */
  | { readonly do: 'replace authorities'; readonly file: string; readonly pem: SecretText }
  /** A line of a crt-list. Not for one that is there. */
  | { readonly do: 'add name'; readonly crtList: string; readonly certificate: string; readonly name: string }
  /** A line that is not there is done. */
  | { readonly do: 'remove name'; readonly crtList: string; readonly certificate: string; readonly name: string };

/** What became of a step. @public */
export type StepOutcome =
  | { readonly status: 'done' }
  /** HAProxy said no, and is as before; a server that was to go may be in maintenance. `why` are its words, cut and cleaned. */
  | { readonly status: 'refused'; readonly why: string }
  /** Not yet; to be tried again. */
  | { readonly status: 'busy' }
  /** The connection ended before the answer: it may be done or not. So are all steps behind it. */
  | { readonly status: 'unknown' };

/** What a {@link LiveSink} did. @public */
export interface Sent {
  /** One for each step. */
  readonly outcomes: readonly StepOutcome[];
  /** Commands that went over the socket for it; not the question who is there. */
  readonly commands: number;
  /** Bytes of these commands. */
  readonly bytes: number;
}

/** A server as it runs. @public */
export interface ObservedServer {
  readonly backend: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  /** What somebody wants of it; nothing of its checks. */
  readonly state: 'ready' | 'drain' | 'maint';
}

/** What to read back. @public */
export interface ObservationScope {
  /** File names of maps, as the configuration has them. */
  readonly maps: readonly string[];
  readonly lists: readonly string[];
  readonly crtLists: readonly string[];
  readonly certificates: readonly string[];
}

/** What runs. What is not there is left out. @public */
export interface Observation {
  /** Pid of the worker that was read. */
  readonly worker: number;
  /** Names of all backends. */
  readonly backends: ReadonlySet<string>;
  readonly servers: readonly ObservedServer[];
  /** By file name: the value by key. A key that stands there several times counts with its first value, by which it is found. */
  readonly maps: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly lists: ReadonlyMap<string, ReadonlySet<string>>;
  /** By file name of the crt-list: `CERTIFICATE NAME`, or `CERTIFICATE` alone where a line has no name. */
  readonly crtLists: ReadonlyMap<string, ReadonlySet<string>>;
  /** SHA-1 of each certificate in DER, in upper-case hexadecimal without colons, by file name. Files with several of authorities are left out. */
  readonly certificates: ReadonlyMap<string, string>;
}

/**
 * Changes one running HAProxy, and reads back what it has. It decides nothing, and remembers nothing of what runs.
 * The target calls one method at a time.
 * @public
 */
export interface LiveSink {
  readonly name: string;
  /** Pid of the worker that answers now. Cheap. @throws {@link SignalboxError} `HAPROXY_UNREACHABLE`. */
  worker(signal: AbortSignal): Promise<number>;
  /**
   * Takes steps in order, each when the one before has been answered or in one go with it; a step that is refused does not stop those behind
   * it. Nothing is sent where the worker that answers is not the expected one.
   * @param worker - Pid of the worker for which the steps were made.
   * @throws {@link SignalboxError} `HAPROXY_UNREACHABLE` where no step was sent; `WORKER_REPLACED` where another worker answers.
   */
  send(steps: readonly LiveStep[], worker: number, signal: AbortSignal): Promise<Sent>;
  /** Reads back what runs. @throws {@link SignalboxError} `HAPROXY_UNREACHABLE`. */
  observe(scope: ObservationScope, signal: AbortSignal): Promise<Observation>;
  /** HAProxy is about to be reloaded: what is kept open between calls ends. */
  rest?(): void;
  /** Ends what is under way. */
  close(): Promise<void>;
}

import { signalboxError } from '@signalbox/core';
import type {
  CheckOutcome,
  DurableSink,
  FileChange,
  FileEdit,
  HaproxyFeatures,
  ListenOptions,
  SinkMemory,
  SinkReport,
  WriteOutcome,
} from '@signalbox/core';
import { Changeover } from './changeover.js';
import { Checkpoint } from './checkpoint.js';
import { ConfigCheck } from './config-check.js';
import { CurrentFiles } from './current-files.js';
import { DirectoryLock } from './directory-lock.js';
import { Exclusive } from './exclusive.js';
import { FileMemory } from './file-memory.js';
import { nodeFiles } from './file-operations.js';
import type { FileOperations } from './file-operations.js';
import { GenerationStore } from './generation-store.js';
import type { Generation } from './generation-store.js';
import { askFeatures, findHaproxy } from './haproxy-binary.js';
import { Journal } from './journal.js';
import { defaultLoadTimeoutMs, silent, SinkPaths } from './options.js';
import type { HaproxyCfgOptions } from './options.js';
import { Serving } from './serving.js';
import type { Taken } from './serving.js';
import { SinkReports } from './sink-reports.js';
import { TakenAddresses } from './taken-addresses.js';
import { Trial } from './trial.js';
import { asUnwritable } from './unwritable.js';

/** Writes `haproxy.cfg` and its files, has them checked, and starts or reloads a local HAProxy. @public */
export class HaproxyCfgSink implements DurableSink {
  readonly name = 'haproxy-cfg';
  /** A file beside the configuration. */
  readonly memory: SinkMemory;
  readonly #options: HaproxyCfgOptions;
  readonly #paths: SinkPaths;
  readonly #files: FileOperations;
  readonly #reports: SinkReports;
  readonly #timeoutMs: number;
  readonly #store: GenerationStore;
  readonly #trial: Trial;
  readonly #lock: DirectoryLock;
  readonly #serving: Serving;
  readonly #exclusive: Exclusive = new Exclusive();
  readonly #current: CurrentFiles;
  readonly #changeover: Changeover;
  readonly #checkpoint: Checkpoint;
  readonly #closing = new AbortController();
  #binary: string | undefined;
  #version: string | undefined;
  #isOpen = false;

  /** @param files - For tests that let the disk fail. */
  constructor(options: HaproxyCfgOptions, files: FileOperations = nodeFiles) {
    const { extraArguments = [], loadTimeoutMs = defaultLoadTimeoutMs, logger = silent } = options;
    this.#options = options;
    this.#files = files;
    this.#reports = new SinkReports(logger);
    this.#timeoutMs = loadTimeoutMs;
    this.#paths = new SinkPaths(options);
    this.#store = new GenerationStore(this.#paths, files);
    this.#trial = new Trial(this.#store, new ConfigCheck(this.#paths, files, extraArguments, loadTimeoutMs));
    this.#lock = new DirectoryLock(this.#paths, files);
    this.memory = new FileMemory(this.#paths, files, async (task) => this.#exclusive.run(async () => this.#whenOurs(task)));
    this.#serving = new Serving(options, {
      paths: this.#paths,
      files,
      reports: this.#reports,
      exclusive: this.#exclusive,
      closing: this.#closing.signal,
      wanted: async () => {
        await this.#checkpoint.attempt();
        const { generation } = this.#current;
        return generation && { generation, binary: await this.#theBinary() };
      },
    });
    this.#current = new CurrentFiles({
      store: this.#store,
      journal: new Journal(this.#paths, files),
      files,
      carryOver: async (from, to) => this.#serving.carryOver(from, to),
    });
    this.#changeover = new Changeover({
      store: this.#store,
      current: this.#current,
      serving: this.#serving,
      takenAddresses: new TakenAddresses(files),
      closing: this.#closing.signal,
      warn: (message) => this.#reports.warningMessage(message),
    });
    this.#checkpoint = new Checkpoint({
      exclusive: this.#exclusive,
      isDue: () => this.#current.isBehind,
      catchUp: async () => this.#current.catchUp(),
      build: async () => this.#current.build(),
      switchOver: async () => this.#current.switchOver(),
      failed: (error) =>
        this.#reports.warningMessage(`Changes that HAProxy has are in the journal, but not in its files yet: ${(error as Error).message}`),
    });
  }

  /** Its folder for sockets holds them. */
  get listen(): Pick<ListenOptions, 'statsSocket' | 'serverStateFile'> {
    return { statsSocket: this.#paths.statsSocket, serverStateFile: this.#paths.serverState };
  }

  async features(signal: AbortSignal): Promise<HaproxyFeatures> {
    this.#binary = await findHaproxy(this.#options.haproxy);
    const features = await askFeatures(this.#binary, this.#timeoutMs, signal);
    this.#version = features.version;
    return features;
  }

  async resume(signal: AbortSignal): Promise<boolean> {
    return this.#exclusive.run(async () => this.#resume(AbortSignal.any([signal, this.#closing.signal])));
  }

  async write(change: FileChange, signal: AbortSignal): Promise<WriteOutcome> {
    return this.#exclusive.run(async () => this.#write(change, AbortSignal.any([signal, this.#closing.signal])));
  }

  async note(edits: readonly FileEdit[], signal: AbortSignal): Promise<void> {
    await this.#exclusive.run(async () => {
      AbortSignal.any([signal, this.#closing.signal]).throwIfAborted();
      await this.#current.note(edits);
      this.#checkpoint.soon();
    });
  }

  async check(change: FileChange, signal: AbortSignal): Promise<CheckOutcome> {
    return this.#exclusive.run(async () => this.#checkOnly(change, AbortSignal.any([signal, this.#closing.signal])));
  }

  onReport(listener: (report: SinkReport) => void): () => void {
    return this.#reports.listen(listener);
  }

  async close(how: 'stop' | 'keep', deadlineMs: number): Promise<void> {
    const startedAt = performance.now();
    this.#serving.leaveAlone();
    this.#closing.abort(signalboxError('CONTROLLER_STATE', 'The HAProxy sink is closed.'));
    await this.#exclusive.run(async () => {
      this.#serving.leaveAlone();
      if (how === 'stop') await this.#serving.stop(deadlineMs - (performance.now() - startedAt));
      await this.#checkpoint.attempt();
      this.#checkpoint.stop();
      await this.#current.close();
      await this.#lock.release();
      this.#reports.end();
    });
  }

  async #resume(signal: AbortSignal): Promise<boolean> {
    signal.throwIfAborted();
    const binary = await this.#theBinary();
    await this.#open(signal);
    const { generation } = this.#current;
    if (generation !== undefined) await this.#serving.serveLastGood(generation, binary, signal);
    return generation !== undefined;
  }

  async #write(change: FileChange, signal: AbortSignal): Promise<WriteOutcome> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const applied = (taken: Taken): WriteOutcome => ({
      status: 'applied',
      ...taken,
      durationMs: performance.now() - startedAt,
    });
    const binary = await this.#theBinary();
    await this.#open(signal);
    this.#serving.look();

    const { isSame, ...wanted } = await this.#current.draft(change);
    if (isSame) {
      const same = (await this.#current.catchUp()) as Generation;
      const runs = change.mustReload === true ? undefined : await this.#serving.runs(same);
      const taken = runs ?? (await this.#changeover.unlessRefused(async () => this.#serving.takeUp(same, binary, signal)));
      if (taken !== undefined) return applied(taken);
    } else if (this.#current.generation === undefined && !this.#serving.isThere) {
      // A start reads files as a check does: where nothing serves that they could harm, it is tried without one.
      const taken = await this.#changeover.unlessRefused(async () =>
        this.#changeover.to(await this.#store.build(wanted, undefined, signal), undefined, binary, signal),
      );
      if (taken !== undefined) return applied(taken);
    }
    const before = this.#current.generation;
    const { built, passed, messages } = await this.#trial.build(wanted, before, binary, signal);
    if (!passed) return this.#refuse(built, messages, binary, signal);
    for (const { text } of messages) this.#reports.checkMessage(text);
    return applied(await this.#changeover.to(built, before, binary, signal));
  }

  /** Leaves what was good serving, or makes it serve. */
  async #refuse(
    built: Generation,
    messages: CheckOutcome['messages'],
    binary: string,
    signal: AbortSignal,
  ): Promise<Extract<WriteOutcome, { status: 'refused' }>> {
    await this.#store.setAside(built);
    await this.#checkpoint.attempt();
    const lastGood = this.#current.generation;
    if (lastGood !== undefined && (await this.#trial.passesStill(lastGood, binary, signal))) {
      await this.#serving.serveLastGood(lastGood, binary, signal);
      return { status: 'refused', messages, lastGoodPasses: true };
    }
    // Where none serves, files from before that do not pass are no good ones: of a start that was cut off, or of another version.
    const isNone = lastGood === undefined || !this.#serving.isThere;
    return { status: 'refused', messages, lastGoodPasses: isNone && (await this.#trial.passesStill(undefined, binary, signal)) };
  }

  async #checkOnly(change: FileChange, signal: AbortSignal): Promise<CheckOutcome> {
    signal.throwIfAborted();
    const binary = await this.#theBinary();
    await this.#open(signal);
    const base = await this.#current.catchUp();
    return this.#trial.ask(await this.#current.draft(change), base, binary, signal);
  }

  /** Once: tidies up, and finds what runs. */
  async #open(signal: AbortSignal): Promise<void> {
    if (this.#isOpen) return;
    await asUnwritable(this.#paths.runtimeDir, async () => this.#files.makeFolder(this.#paths.runtimeDir));
    await this.#lock.take();
    const record = await this.#serving.readRecord();
    await this.#current.open(record && { number: record.generation, digest: record.digest });
    await this.#checkpoint.attempt();
    this.#checkpoint.soon();
    await this.#serving.adopt(this.#version, signal);
    this.#isOpen = true;
  }

  async #whenOurs(task: () => Promise<void>): Promise<void> {
    this.#closing.signal.throwIfAborted();
    await this.#lock.take();
    await task();
  }

  async #theBinary(): Promise<string> {
    return (this.#binary ??= await findHaproxy(this.#options.haproxy));
  }
}

/** Keeps `haproxy.cfg` and its files on disk and a local HAProxy on them. @public */
export function haproxyCfg(options: HaproxyCfgOptions): HaproxyCfgSink {
  return new HaproxyCfgSink(options);
}

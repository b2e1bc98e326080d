import { slotPrefix } from '@signalbox/core';
import type { FileOperations } from './file-operations.js';
import type { MasterSocket } from './master-socket.js';
import type { SinkPaths } from './options.js';
import { replaceFile } from './running-record.js';

const nothingKnown = '1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state\n';

/** A slot is empty again in the new worker; with the state of what stood in it, it would lead to the port of that on this very machine. */
const slotLine = new RegExp(['^\\d+ \\S+ \\d+ ', slotPrefix, '.*\\n'].join(''), 'gm');

/** The file from which a new worker learns which servers were up, down or drained: what no configuration says. */
export class ServerState {
  readonly #path: string;
  readonly #files: FileOperations;

  constructor(paths: SinkPaths, files: FileOperations) {
    this.#path = paths.serverState;
    this.#files = files;
  }

  /** Takes down what the worker knows, before a reload. An old state would be worse than none. */
  async save(master: MasterSocket): Promise<void> {
    await replaceFile(this.#files, this.#path, ((await master.serversState()) ?? nothingKnown).replaceAll(slotLine, ''));
  }

  /** Before a start: nobody knows how the servers are by now. */
  async forget(): Promise<void> {
    await replaceFile(this.#files, this.#path, nothingKnown);
  }
}

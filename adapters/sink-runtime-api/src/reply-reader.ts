/** Told what {@link ReplyReader} finds. */
export interface ReplyListener {
  line(line: string): void;
  /** The prompt behind a reply. */
  end(): void;
}

/** Takes apart what HAProxy says with `prompt` on: lines, and behind each reply `> ` at the start of a line. */
export class ReplyReader {
  readonly #listener: ReplyListener;
  /** An unfinished line. */
  #rest = '';
  #isFresh = true;

  constructor(listener: ReplyListener) {
    this.#listener = listener;
  }

  take(chunk: string): void {
    const text = this.#rest + chunk;
    let at = 0;
    for (;;) {
      // A reply has at least the end of one line: a prompt cannot be the first thing in it.
      if (!this.#isFresh && text.startsWith('> ', at)) {
        at += 2;
        this.#isFresh = true;
        this.#listener.end();
        continue;
      }
      const end = text.indexOf('\n', at);
      if (end === -1) break;
      this.#isFresh = false;
      this.#listener.line(text.slice(at, end));
      at = end + 1;
    }
    this.#rest = text.slice(at);
  }
}

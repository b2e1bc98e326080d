import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** What became of the requests of a {@link Load}. */
export interface LoadResult {
  readonly answered: number;
  /** Answers other than 200 and broken connections, by what was seen. */
  readonly unexpected: Readonly<Record<string, number>>;
}

/** Requests at a steady rate: half of them on connections of their own, half on kept ones. */
export class Load {
  readonly #port: number;
  readonly #host: string;
  readonly #kept = new Agent({ keepAlive: true, maxSockets: 16 });
  readonly #unexpected: Record<string, number> = {};
  readonly #pending = new Set<Promise<void>>();
  readonly #end = new AbortController();
  readonly #run: Promise<void>;
  #answered = 0;

  constructor({ port, host, perSecond }: { readonly port: number; readonly host: string; readonly perSecond: number }) {
    this.#port = port;
    this.#host = host;
    this.#run = this.#send(perSecond);
  }

  /** Stops asking and waits for the last answers. */
  async end(): Promise<LoadResult> {
    this.#end.abort();
    await this.#run;
    await Promise.all(this.#pending);
    this.#kept.destroy();
    return { answered: this.#answered, unexpected: this.#unexpected };
  }

  async #send(perSecond: number): Promise<void> {
    const startedAt = performance.now();
    for (let sent = 0; !this.#end.signal.aborted;) {
      const due = ((performance.now() - startedAt) * perSecond) / 1000;
      for (; sent < due; sent += 1) {
        const one = this.#ask(sent % 2 === 0);
        this.#pending.add(one);
        void one.finally(() => this.#pending.delete(one));
      }
      await sleep(4);
    }
  }

  async #ask(isKept: boolean): Promise<void> {
    const found = await new Promise<string>((resolve) => {
      const asked = request(
        {
          host: '127.0.0.1',
          port: this.#port,
          path: '/load',
          headers: { host: this.#host },
          agent: isKept ? this.#kept : false,
          timeout: 10_000,
        },
        (answer) => {
          answer.resume();
          answer.once('end', () => {
            resolve(String(answer.statusCode));
          });
          answer.once('error', (error) => {
            resolve(`${isKept ? 'kept' : 'new'}: ${error.message}`);
          });
        },
      );
      asked.once('timeout', () => asked.destroy(new Error('no answer in 10 s')));
      asked.once('error', (error) => {
        resolve(`${isKept ? 'kept' : 'new'}: ${error.message}`);
      });
      asked.end();
    });
    if (found === '200') this.#answered += 1;
    else this.#unexpected[found] = (this.#unexpected[found] ?? 0) + 1;
  }
}

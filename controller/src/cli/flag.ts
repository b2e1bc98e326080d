import { Option } from 'commander';
import { collected, truth } from './values.js';

/** What is said at the start of a flag that was given. */
export interface Notice {
  readonly level: 'info' | 'warn';
  readonly message: string;
}

/** An option that may come from the environment too: `--http-bind-port` as `SIGNALBOX_HTTP_BIND_PORT`. */
export class Flag extends Option {
  #notice: { readonly level: Notice['level']; readonly words: string } | undefined;

  /** The name in the environment. Options that have but a letter are for those who type them. */
  get variable(): string | undefined {
    return this.long === undefined ? undefined : `SIGNALBOX_${this.long.slice(2).replaceAll(/[-.]/g, '_').toUpperCase()}`;
  }

  /** What a text in the environment means. @throws InvalidArgumentError of commander. */
  fromVariable(text: string): unknown {
    return this.parseArg === undefined ? text : this.parseArg<unknown>(text, undefined);
  }

  /** For a flag of HAProxy's own controller that has nothing to say here; its description says why. */
  withoutEffect(): this {
    this.#notice = { level: 'info', words: `has no effect: ${this.description}.` };
    return this;
  }

  /** For one that will have. @param consequence - What is so in the meantime. */
  notYet(consequence: string): this {
    this.#notice = { level: 'warn', words: `is not supported yet: ${consequence}.` };
    return this;
  }

  /** @param name - As it was given: the flag or the variable. */
  noticeOf(name: string): Notice | undefined {
    return this.#notice && { level: this.#notice.level, message: `${name} ${this.#notice.words}` };
  }
}

/** A flag that is given or not. `=true` and `=false` say so too, so that a file can hold either. */
export class Switch extends Flag {
  constructor(flags: string, description: string) {
    super(flags, description);
    // The value is no part of what help shows; argumentsFor sees to it that it is always there.
    this.optional = true;
    this.argParser(truth);
  }
}

/** A flag that may be given several times. In the environment its values are separated by commas, and by commas only there. */
export class RepeatedFlag extends Flag {
  constructor(flags: string, description: string) {
    super(flags, description);
    this.argParser(collected);
  }

  override fromVariable(text: string): readonly string[] {
    return text.split(',').map((each) => each.trim());
  }
}

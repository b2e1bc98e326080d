import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';

/** A text that is nowhere by accident. */
export function canary(): string {
  return `Canary${randomBytes(15).toString('hex')}`;
}

/** Finds secrets in whatever form they may have got somewhere: as they are, in base64 at any offset, in hex, cut in half. */
export class CanaryWatch {
  readonly #forms = new Map<string, string>();

  constructor(secrets: Readonly<Record<string, string>>) {
    for (const [name, secret] of Object.entries(secrets)) for (const form of formsOf(secret)) this.#forms.set(form, name);
  }

  /** Names of the secrets that a text shows. */
  seenIn(text: string): string[] {
    const flat = text.replace(/\\n|\s/g, '');
    return [...new Set([...this.#forms].filter(([form]) => flat.includes(form)).map(([, name]) => name))];
  }

  /** The same for a value, printed in every way there is. */
  seenInValue(value: unknown): string[] {
    const printed = [
      inspect(value, { depth: Infinity, showHidden: true, maxStringLength: Infinity, maxArrayLength: Infinity }),
      String(value),
    ];
    return this.seenIn([...printed, jsonOf(value)].join('\n'));
  }
}

function formsOf(secret: string): string[] {
  const text = secret.replace(/\s/g, '');
  const bytes = Buffer.from(secret, 'utf8');
  const halves = [text.slice(0, Math.ceil(text.length / 2)), text.slice(Math.floor(text.length / 2))];
  const base64 = [0, 1, 2].map((offset) =>
    Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replace(/=+$/, '')
      .slice(offset === 0 ? 0 : 4, -2),
  );
  return [...halves, ...base64, bytes.toString('hex')].filter((form) => form.length >= 16);
}

function jsonOf(value: unknown): string {
  const seen = new WeakSet<object>();
  return JSON.stringify(value, (_key, each: unknown) => {
    if (typeof each === 'bigint') return String(each);
    if (typeof each !== 'object' || each === null) return each;
    if (seen.has(each)) return '(again)';
    seen.add(each);
    if (each instanceof Map) return [...each];
    return each instanceof Set ? [...each] : each;
  });
}

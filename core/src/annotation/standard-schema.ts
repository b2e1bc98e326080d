/**
 * The types of Standard Schema 1, by which an author may bring zod, valibot or a schema of their own.
 * @see {@link https://standardschema.dev | Standard Schema}
 * @public
 */
export interface StandardSchema<Input, Output> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

/** What a schema answers: a value, or what is wrong. @public */
export type SchemaResult<Output> =
  { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly { readonly message: string }[] };

/** Makes a synchronous schema of texts from a function that returns the value, or a {@link Refusal} that says what is accepted. */
export function textSchema<T>(parse: (text: string) => T | Refusal): StandardSchema<string, T> {
  return {
    '~standard': {
      version: 1,
      vendor: 'signalbox',
      validate: (value) => {
        const parsed = typeof value === 'string' ? parse(value) : refuse('a text');
        return parsed instanceof Refusal ? { issues: [{ message: parsed.accepted }] } : { value: parsed };
      },
    },
  };
}

/** Says what would have been accepted; made by {@link refuse}. @public */
export class Refusal {
  readonly accepted: string;
  readonly found: string | undefined;

  constructor(accepted: string, found?: string) {
    this.accepted = accepted;
    this.found = found;
  }
}

/**
 * Says that a value, or an object that a key refers to, cannot be used. `accepted` and `found` complete "expected …" and "found …", and
 * hold no secret: they are shown to the owner.
 * @public
 */
export function refuse(accepted: string, found?: string): Refusal {
  return new Refusal(accepted, found);
}

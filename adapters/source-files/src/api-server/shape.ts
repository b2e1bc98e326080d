import * as v from 'valibot';

/** A check of one value. Its messages say what is accepted; {@link problemsOf} adds what was found. */
export type Shape = v.GenericSchema;

type RawCheck = v.RawCheckAction<Record<string, unknown>>;
type AddIssue = (key: string, accepted: string) => void;

/** A map with these fields, and any others. */
export function fields(entries: Readonly<Record<string, Shape>>, ...checks: readonly RawCheck[]): Shape {
  const message = (issue: v.LooseObjectIssue): string => acceptedOf(entries, issue) ?? 'a map';
  return checks.reduce<Shape>((shape, check) => v.pipe(shape, check as never), v.looseObject(entries, message));
}

/** What a field accepts that is missing. */
function acceptedOf(entries: Readonly<Record<string, Shape>>, issue: v.LooseObjectIssue): string | undefined {
  const key = issue.path?.at(-1)?.key;
  const entry = typeof key === 'string' && issue.expected === JSON.stringify(key) ? entries[key] : undefined;
  const message = (entry as { readonly message?: unknown } | undefined)?.message;
  return typeof message === 'string' ? message : undefined;
}

/** A rule over several fields of one map; it runs when each field alone is well. */
export function rule(check: (map: Readonly<Record<string, unknown>>, refuse: AddIssue) => void): RawCheck {
  return v.rawCheck<Record<string, unknown>>(({ dataset, addIssue }) => {
    if (!dataset.typed || dataset.issues) return;
    const map = dataset.value;
    check(map, (key, message) => {
      addIssue({ message, path: [{ type: 'object', origin: 'value', input: map, key, value: map[key] }] });
    });
  });
}

export function optional(shape: Shape): Shape {
  return v.optional(shape);
}

export function text(accepted: string, test: (value: string) => boolean = () => true): Shape {
  return v.pipe(v.string(accepted), v.check(test, accepted));
}

export function oneOf(...values: readonly string[]): Shape {
  return text(values.join(', '), (value) => values.includes(value));
}

export function flag(): Shape {
  return v.boolean('true or false, without quotes');
}

export const portNumber: Shape = wholeNumber(1, 65535);

function wholeNumber(from: number, to: number): Shape {
  const accepted = `a whole number from ${String(from)} to ${String(to)}, without quotes`;
  return v.pipe(
    v.number(accepted),
    v.check((value) => Number.isInteger(value) && value >= from && value <= to, accepted),
  );
}

/** A number where it is one, else text. */
export function numberOrText(number: Shape, name: Shape): Shape {
  return v.lazy((input) => (typeof input === 'number' ? number : name));
}

export function list(
  item: Shape,
  accepted: string,
  { from = 0, to = Infinity }: { readonly from?: number; readonly to?: number } = {},
): Shape {
  return v.pipe(
    v.array(item, accepted),
    v.check((items) => items.length >= from && items.length <= to, accepted),
  );
}

/** A map from text to text. */
export function textMap(
  key: { readonly test: (key: string) => boolean; readonly accepted: string },
  value: { readonly test: (value: string) => boolean; readonly accepted: string },
): Shape {
  return v.pipe(
    v.custom<Record<string, unknown>>((map) => typeof map === 'object' && map !== null && !Array.isArray(map), 'a map from text to text'),
    // Not `v.record`: it passes over keys such as `constructor`.
    rule((map, refuse) => {
      for (const [name, entry] of Object.entries(map)) {
        if (!key.test(name)) refuse(name, `as the key ${key.accepted}`);
        else if (typeof entry !== 'string' || !value.test(entry)) refuse(name, value.accepted);
      }
    }),
  );
}

import { custom, type Key, type KeyOptions, type WithFallback } from '@signalbox/core';

/** A key whose text is read by `parse`, which returns what it means, or `undefined` if it cannot be read. */
export function parsed<T, const O extends KeyOptions>(
  options: O,
  description: { readonly type: string; readonly accepts: string },
  parse: (text: string) => T | undefined,
): Key<WithFallback<T, O>> {
  const schema = {
    '~standard': {
      version: 1 as const,
      vendor: 'signalbox',
      validate: (found: unknown) => {
        const value = typeof found === 'string' ? parse(found) : undefined;
        return value === undefined ? { issues: [{ message: description.accepts }] } : { value };
      },
    },
  };
  return custom<T, O>(schema, { ...options, ...description });
}

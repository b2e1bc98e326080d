import type { Manifest } from './manifest.js';
import { isDataKey } from './names.js';
import { type Shape, fields, optional, rule, text, textMap } from './shape.js';

export const dataKey: { readonly test: (key: string) => boolean; readonly accepted: string } = {
  test: isDataKey,
  accepted: 'letters, digits, "-", "_" and ".", 253 characters at most',
};

/** Base64, in one line or several. */
export function isBase64(value: string): boolean {
  const digits = value.replace(/[\r\n]/g, '');
  return digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits);
}

export const secretShape: Shape = fields(
  {
    type: optional(text('text')),
    data: optional(textMap(dataKey, { test: isBase64, accepted: 'text in base64 (plain text belongs under stringData)' })),
    stringData: optional(textMap(dataKey, { test: () => true, accepted: 'text' })),
  },
  rule(({ type, data, stringData }, refuse) => {
    if (type !== 'kubernetes.io/tls') return;
    for (const key of ['tls.crt', 'tls.key']) {
      if ([data, stringData].every((map) => !Object.hasOwn(map ?? {}, key)))
        refuse('data', `a map with the key ${key}, as type is kubernetes.io/tls`);
    }
  }),
);

/** Moves `stringData` into `data`, where it wins. */
export function secretDefaults({ stringData, ...secret }: Manifest): Manifest {
  const data = Object.entries((secret['data'] ?? {}) as Record<string, string>).map(([key, value]) => [key, value.replace(/[\r\n]/g, '')]);
  const plain = Object.entries((stringData ?? {}) as Record<string, string>).map(([key, value]) => [
    key,
    Buffer.from(value, 'utf8').toString('base64'),
  ]);
  return data.length + plain.length > 0 ? { ...secret, data: Object.fromEntries([...data, ...plain]) as Record<string, string> } : secret;
}

import type { AnyFamily, Key, Resource } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { configMapOf } from '@signalbox/testing';

/** Lines of HAProxy that the operator wants as they are: no values. */
export const isCode = (key: Key): boolean => key.isHidden === true;

const families: readonly AnyFamily[] = haproxyOrg().annotations?.flatMap((set) => set.families) ?? [];
const keys: readonly string[] = [
  ...families.flatMap(({ keys: own }) =>
    Object.entries(own as Readonly<Record<string, Key>>).flatMap(([name, key]) => (isCode(key) ? [] : [name])),
  ),
  ...(haproxyOrg().annotations ?? []).flatMap(({ withoutEffect = [] }) => withoutEffect.map(({ key }) => key)),
];
/** What a value may hide behind, so that it gets past the first look. */
const covers: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => `X-Test ${value}`,
  (value) => `/p${value}`,
  (value) => `10.0.0.0/8,${value}`,
  (value) => `5${value}`,
  (value) => `hdr(${value})`,
  (value) => `X-A "${value}"\nX-B ${value}`,
];

/** A value behind one of the covers. */
export const cover = (value: string, at: number): string => covers[(value.length + at) % covers.length]?.(value) ?? value;
/** A different few of the keys for each object. */
export const keysFor = (id: string, count: number): readonly string[] => {
  const start = Number(/\d+$/.exec(id)?.[0] ?? 0) * count;
  return Array.from({ length: count }, (_, at) => keys[(start + at * 7) % keys.length] ?? '');
};

/** The operator's ConfigMap with a value for each key, and with keys that there are not. */
export function operatorConfigMap(values: readonly string[]): Resource {
  const unknown = values.slice(keys.length, keys.length + 10).map((value) => [value, value]);
  return configMapOf({
    name: 'main',
    namespace: 'ops',
    data: Object.fromEntries([...unknown, ...keys.map((key, at) => [key, cover(values[at] ?? '', at)])]) as Record<string, string>,
  });
}

/** How many values {@link operatorConfigMap} takes. */
export const operatorValues: number = keys.length + 10;

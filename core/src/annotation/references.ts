import { type ConfigMap, configMapKind, type Secret, secretKind, type Service, serviceKind } from '../resource/kinds.js';
import type { Resolved } from '../resource/reference.js';
import type { ObjectRef, Resource, ResourceKind } from '../resource/resource.js';
import { SecretText } from '../secret-text.js';
import type { Key, KeyOptions } from './key.js';
import { type Refusal, textSchema } from './standard-schema.js';

/** What {@link secretRef} gives: the Secret that was named, its values as texts that cannot be seen. @public */
export interface ReferredSecret {
  readonly ref: ObjectRef;
  /** Decoded, by key. */
  readonly data: Readonly<Record<string, SecretText>>;
}

/**
 * The name of a Secret, `NAME` or `NAMESPACE/NAME`; `apply` receives the Secret itself, and is called again when it changes, appears or
 * goes. A bare name is one of the object's own namespace. A Secret that is missing, or that the namespace policy forbids, is a value that
 * cannot be used.
 * @public
 */
export function secretRef(options: Omit<KeyOptions, 'fallback'>): Key<ReferredSecret | undefined>;
/** As above, but `apply` receives what `meaning` makes of the Secret. A Secret that it refuses is a value that cannot be used. @public */
export function secretRef<T>(options: Omit<KeyOptions, 'fallback'>, meaning: (secret: ReferredSecret) => T | Refusal): Key<T | undefined>;
export function secretRef(
  options: Omit<KeyOptions, 'fallback'>,
  meaning: (secret: ReferredSecret) => unknown = (secret) => secret,
): Key<unknown> {
  return reference(secretKind, options, ({ object, ref }) => {
    const data = Object.entries((object as Secret).data ?? {});
    const texts = data.map(([key, base64]) => [key, new SecretText(Buffer.from(base64, 'base64').toString('utf8'))]);
    return meaning({ ref, data: Object.fromEntries(texts) as ReferredSecret['data'] });
  });
}

/** The name of a ConfigMap; see {@link secretRef}. @public */
export function configMapRef(options: Omit<KeyOptions, 'fallback'>): Key<Resolved<ConfigMap> | undefined> {
  return reference(configMapKind, options, (resolved) => resolved);
}

/** The name of a Service; see {@link secretRef}. @public */
export function serviceRef(options: Omit<KeyOptions, 'fallback'>): Key<Resolved<Service> | undefined> {
  return reference(serviceKind, options, (resolved) => resolved);
}

/** A key whose value is the name of an object. */
export function reference<T>(
  kind: ResourceKind,
  options: KeyOptions,
  valueOf: (resolved: Resolved<Resource>) => unknown,
): Key<T | undefined> {
  return {
    schema: textSchema((name) => name.trim()),
    type: kind.kind,
    accepts: ['the name of a', kind.kind, 'as NAME or NAMESPACE/NAME'].join(' '),
    options,
    refersTo: { kind, valueOf },
  };
}

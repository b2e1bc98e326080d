/**
 * A Kubernetes object as the API server or a manifest gives it. Treated as immutable by everyone.
 * @see {@link https://kubernetes.io/docs/reference/using-api/api-concepts/ | Kubernetes API concepts}
 * @public
 */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** The part of `metadata` that Signalbox reads. @public */
export interface ObjectMeta {
  readonly name: string;
  /** Absent on cluster-scoped objects. */
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  readonly uid?: string;
}

/**
 * A kind of object that a part asks for. Equal `group` and `kind` mean the same kind.
 * `T` is the shape that its objects have once a source has let them in.
 * @public
 */
export interface ResourceKind<T extends Resource = Resource> {
  /** API group; empty for the core group. */
  readonly group: string;
  /** Version that is asked for. */
  readonly version: string;
  readonly kind: string;
  /** Plural resource name, as in URLs and RBAC rules. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** `referenced`: only the objects that somebody refers to are wanted. Default `all`. */
  readonly wanted?: 'all' | 'referenced';
  /** Carries `T` for the compiler; never present. */
  readonly shape?: T;
}

/** Names one object. @public */
export interface ObjectRef {
  /** API group; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
}

/** The key of an object among those of its kind: `namespace/name`, or `name` where there is no namespace. @public */
export function objectKey(object: { readonly namespace?: string; readonly name: string }): string {
  return object.namespace ? [object.namespace, object.name].join('/') : object.name;
}

/** The reference that leads to an object. @public */
export function refOf(object: Resource): ObjectRef {
  return {
    group: groupOf(object.apiVersion),
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
  };
}

/** `Ingress default/web`: how messages for people name an object. What no name in Kubernetes has is shown as `?`. @public */
export function formatRef(ref: ObjectRef): string {
  return `${ref.kind} ${objectKey(ref)}`.slice(0, 400).replace(/[^\x20-\x7e]/g, '?');
}

/** The API group of an `apiVersion`: `networking.k8s.io/v1` → `networking.k8s.io`, `v1` → empty. @public */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** Identity of a kind, for maps: `networking.k8s.io/Ingress`, `/Service`. @public */
export function kindKey(kind: { readonly group: string; readonly kind: string }): string {
  return [kind.group, kind.kind].join('/');
}

/** Identity of an object among those of all kinds, from {@link kindKey} and {@link objectKey}. */
export function idOf(kind: string, key: string): string {
  return [kind, key].join(' ');
}

/** The same, of an object that is named. */
export function objectId(ref: ObjectRef): string {
  return idOf(kindKey(ref), objectKey(ref));
}

/**
 * Sorts objects by age, the older first: creation time, then namespace/name; those without a creation time come last.
 * The one rule by which conflicts are decided.
 * @public
 */
export function ageKey(object: Resource): string {
  const { creationTimestamp } = object.metadata;
  const time = creationTimestamp === undefined ? Number.NaN : Date.parse(creationTimestamp);
  const text = Number.isNaN(time) ? '' : new Date(time).toISOString();
  // A year of more than four digits begins with a sign, and would sort as the oldest of all.
  const age = /^\d/.test(text) ? text : '~';
  return [age, objectKey(object.metadata)].join(' ');
}

/** What an object says: the API server's version of it grows with each write, also with one to what nobody reads, as a status. */
export function withoutVersion({ metadata, ...rest }: Resource): object {
  return { ...rest, metadata: { ...metadata, resourceVersion: undefined } };
}

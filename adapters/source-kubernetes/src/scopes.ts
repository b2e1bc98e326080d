import { kindKey, type ResourceKind } from '@signalbox/core';
import { badOption, type KubernetesOptions } from './options.js';

/** One list to follow: a kind, in one namespace or in all. */
export interface Scope {
  readonly kind: ResourceKind;
  /** Absent: all namespaces, or the kind has none. */
  readonly namespace?: string;
  /** What the server is asked to leave out. */
  readonly selectors: Readonly<Record<string, string>>;
}

const namespaceKind = kindKey({ group: '', kind: 'Namespace' });
/** RFC 1123 label: what the API server accepts as the name of a namespace. */
const namespaceName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** Says which lists make up a kind, as the lists of namespaces and the label selector have it. */
export class Scopes {
  readonly #allow: ReadonlySet<string> | undefined;
  readonly #deny: ReadonlySet<string>;
  readonly #labelSelector: KubernetesOptions['labelSelector'];

  /** @throws {@link SignalboxError} `SOURCE_UNREADABLE` if one of the names can be no namespace. */
  constructor({ namespaces = {}, labelSelector }: KubernetesOptions) {
    const { allow = [], deny = [] } = namespaces;
    for (const [list, names] of Object.entries({ allow, deny })) {
      const wrong = names.find((name) => !namespaceName.test(name));
      if (wrong !== undefined) throw badOption(['namespaces', list].join('.'), wrong, 'names of namespaces');
    }
    this.#deny = new Set(deny);
    this.#allow = allow.length === 0 ? undefined : new Set(allow).difference(this.#deny);
    this.#labelSelector = labelSelector;
  }

  of(kind: ResourceKind): readonly Scope[] {
    const labelSelector = typeof this.#labelSelector === 'function' ? this.#labelSelector(kind) : this.#labelSelector;
    const fieldSelector = this.#allow !== undefined && kind.namespaced ? '' : this.#denying(kind);
    const selectors = { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
    if (!kind.namespaced || this.#allow === undefined) return [{ kind, selectors }];
    return [...this.#allow].map((namespace) => ({ kind, namespace, selectors }));
  }

  /** Whether an object may be written; the server is asked for no other, but not every server has to know that. */
  admits(kind: ResourceKind, { name, namespace }: { readonly name: string; readonly namespace?: string }): boolean {
    const inside = kind.namespaced ? namespace : kindKey(kind) === namespaceKind ? name : undefined;
    if (inside === undefined) return true;
    return !this.#deny.has(inside) && (this.#allow?.has(inside) ?? true);
  }

  #denying(kind: ResourceKind): string {
    const isNamespace = kindKey(kind) === namespaceKind;
    if (!kind.namespaced && !isNamespace) return '';
    const field = isNamespace ? 'metadata.name' : 'metadata.namespace';
    return [...this.#deny].map((name) => [field, name].join('!=')).join();
  }
}

/** The path of a list: `/api/v1/services`, `/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices`. */
export function listPath({ kind, namespace }: Pick<Scope, 'kind' | 'namespace'>): string {
  const within = namespace === undefined ? [] : ['namespaces', namespace];
  return [versionPath(kind), ...within, kind.plural].join('/');
}

/** The path under which a version of a group tells what it has. */
export function versionPath({ group, version }: Pick<ResourceKind, 'group' | 'version'>): string {
  return (group === '' ? ['/api', version] : ['/apis', group, version]).join('/');
}

/** How RBAC rules and `kubectl` name a kind: `services`, `ingresses.networking.k8s.io`. */
export function resourceName({ plural, group }: Pick<ResourceKind, 'plural' | 'group'>): string {
  return group === '' ? plural : [plural, group].join('.');
}

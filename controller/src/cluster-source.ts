import {
  configMapKind,
  endpointSliceKind,
  groupOf,
  kindKey,
  objectKey,
  refOf,
  type Resource,
  type ResourceWriter,
  secretKind,
  serviceKind,
  type Source,
} from '@signalbox/core';
import { type ClusterConnection, kubernetes, type KubernetesLogger, type NamespaceLists } from '@signalbox/source-kubernetes';

/** Which cluster is read, and what of it. @public */
export interface ClusterReading {
  /** Path of a kubeconfig. Default: the cluster of the pod, else `$KUBECONFIG`, else `~/.kube/config`. */
  readonly kubeconfig?: string;
  /** The way to the API server, in place of `kubeconfig`. Default: one that nobody else uses. */
  readonly connection?: ClusterConnection;
  /** Default: all. */
  readonly namespaces?: NamespaceLists;
  /**
   * ConfigMaps, Secrets and Services that the operator names, `NAMESPACE/NAME`. They are read whatever the lists of namespaces say, and of
   * their namespaces nothing else is.
   */
  readonly named?: readonly string[];
  /** Default: nothing is logged. */
  readonly logger?: KubernetesLogger;
}

/** The objects of a cluster. */
export function clusterSource(reading: ClusterReading): Source {
  const { namespaces: { allow = [], deny = [] } = {}, named = [], ...access } = reading;
  const source = kubernetes({ ...access, namespaces: namespacesRead(reading) });
  if (named.length === 0 || allow.length + deny.length === 0) return source;
  const admission = new Admission({ allow, deny }, named);
  return { name: source.name, run: async (into, interests, signal) => source.run(admission.before(into), interests, signal) };
}

/** The namespaces of which something is read. */
export function namespacesRead({ namespaces: { allow = [], deny = [] } = {}, named = [] }: ClusterReading): Required<NamespaceLists> {
  const theirs = new Set(named.map((name) => name.split('/')[0] ?? ''));
  return {
    allow: allow.length === 0 ? [] : [...new Set([...allow, ...theirs])],
    deny: deny.filter((namespace) => !theirs.has(namespace)),
  };
}

/** Lets in what is in the right namespaces, and what is named. */
class Admission {
  readonly #lists: Required<NamespaceLists>;
  readonly #named: ReadonlySet<string>;

  constructor(lists: Required<NamespaceLists>, named: readonly string[]) {
    this.#lists = lists;
    this.#named = new Set(named);
  }

  before(into: ResourceWriter): ResourceWriter {
    return {
      ...into,
      set: (object, location) => {
        if (this.#admits(object)) into.set(object, location);
        // Its labels may have led to another Service before.
        else into.delete(refOf(object));
      },
      replaceAll: (objects, kind) => {
        into.replaceAll(
          [...objects].filter(({ object }) => this.#admits(object)),
          kind,
        );
      },
    };
  }

  #admits(object: Resource): boolean {
    const { namespace, name, labels } = object.metadata;
    if (namespace === undefined || this.#isListed(namespace)) return true;
    const isNamed = (each: string | undefined): boolean => each !== undefined && this.#named.has(objectKey({ namespace, name: each }));
    switch (kindKey({ group: groupOf(object.apiVersion), kind: object.kind })) {
      case kindKey(configMapKind):
      case kindKey(serviceKind):
        return isNamed(name);
      case kindKey(endpointSliceKind):
        return isNamed(labels?.['kubernetes.io/service-name']);
      // No other comes here than those that somebody may refer to.
      case kindKey(secretKind):
        return true;
      default:
        return false;
    }
  }

  #isListed(namespace: string): boolean {
    const { allow, deny } = this.#lists;
    return !deny.includes(namespace) && (allow.length === 0 || allow.includes(namespace));
  }
}

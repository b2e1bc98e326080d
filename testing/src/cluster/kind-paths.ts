/** Where the objects of a kind are. */
export interface KindPath {
  /** `/api/v1` or `/apis/networking.k8s.io/v1` */
  readonly path: string;
  /** `ingresses` */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

interface ResourceList {
  readonly resources: readonly {
    readonly name: string;
    readonly kind: string;
    readonly namespaced: boolean;
    readonly verbs: readonly string[];
  }[];
}

interface GroupList {
  readonly groups: readonly { readonly preferredVersion: { readonly groupVersion: string } }[];
}

/** Finds out from an API server where it has the objects of each kind, and remembers. */
export class KindPaths {
  readonly #read: (path: string) => Promise<unknown>;
  readonly #known = new Map<string, Promise<ResourceList>>();

  /** @param read - Gives the body at a path, or rejects. */
  constructor(read: (path: string) => Promise<unknown>) {
    this.#read = read;
  }

  /** @throws Error where there is no such kind. */
  async of({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): Promise<KindPath> {
    const found = (await this.#allOf(apiVersion)).find((each) => each.kind === kind);
    if (found !== undefined) return found;
    this.forget();
    throw new Error(`The API server knows no ${kind} in ${apiVersion}.`);
  }

  /** Of all kinds, each in the version that is preferred. */
  async all(): Promise<KindPath[]> {
    const { groups } = (await this.#read('/apis')) as GroupList;
    const versions = ['v1', ...groups.map(({ preferredVersion }) => preferredVersion.groupVersion)];
    return (await Promise.all(versions.map((version) => this.#allOf(version)))).flat();
  }

  /** Asks anew from now on: kinds have come or gone. */
  forget(): void {
    this.#known.clear();
  }

  async #allOf(apiVersion: string): Promise<(KindPath & { kind: string })[]> {
    const path = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const known = this.#known.get(apiVersion) ?? (this.#read(path) as Promise<ResourceList>);
    this.#known.set(apiVersion, known);
    const { resources } = await known.catch((error: unknown) => {
      this.#known.delete(apiVersion);
      throw error;
    });
    // The others are parts of objects, such as `ingresses/status`.
    const whole = resources.filter(({ name }) => !name.includes('/'));
    return whole.map(({ name, kind, namespaced, verbs }) => ({ path, resource: name, kind, namespaced, verbs }));
  }
}

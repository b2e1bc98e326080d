import type { Resource } from '@signalbox/core';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { type KubeAnswer, KubeConnection, type KubeRequest } from './kube-request.js';
import { type KindPath, KindPaths } from './kind-paths.js';

/** What tells an object from others; every object does. @public */
export interface ObjectId {
  readonly apiVersion: string;
  readonly kind: string;
  /** The namespace is `default` where the kind has namespaces and none is named. */
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Which objects {@link KubeApi.list} is to give. @public */
export interface ListOptions {
  /** Default: all. */
  readonly namespace?: string;
  /** `app=shop,tier!=db` */
  readonly labelSelector?: string;
  /** `metadata.name=shop` */
  readonly fieldSelector?: string;
}

/** What others need to be accepted. */
const kindsThatComeFirst: readonly string[] = ['Namespace', 'CustomResourceDefinition'];

/** What a client at a terminal could do, as one user, for tests: each call takes effect before it resolves. @public */
export class KubeApi {
  readonly #connection: KubeConnection;
  readonly #paths: KindPaths;

  constructor(options: {
    /** `https://127.0.0.1:6443` */
    readonly server: string;
    /** Certificate of its authority, PEM. */
    readonly ca: string;
    /** A bearer token. */
    readonly token: string;
  }) {
    this.#connection = new KubeConnection(options);
    this.#paths = new KindPaths((path) => this.#read(path));
  }

  /**
   * Sends any request and gives the answer, whatever its status.
   * @throws Error where the API server cannot be reached.
   */
  request(request: KubeRequest): Promise<KubeAnswer> {
    return this.#connection.send(request);
  }

  /**
   * Creates or changes objects by server-side apply, and by force: what others have written into the same fields is taken over.
   * Namespaces come first, those that are only named too, and definitions of kinds next, so that what needs them is accepted.
   * @param objects - Objects, or YAML of any number of them.
   * @returns the objects as they are then, in the order in which they were given.
   * @throws Error with the words of the API server.
   */
  async apply(objects: string | readonly Resource[]): Promise<Resource[]> {
    const all = typeof objects === 'string' ? fromYaml(objects) : objects.flatMap(items);
    const applied = new Map<Resource, Resource>();
    for (const kind of kindsThatComeFirst) {
      for (const object of all.filter((each) => each.kind === kind)) applied.set(object, await this.#applyOne(object));
    }
    const others = all.filter(({ kind }) => !kindsThatComeFirst.includes(kind)).values();
    const work = async (): Promise<void> => {
      // All take from the same iterator.
      for (const object of others) applied.set(object, await this.#applyOne(object));
    };
    await Promise.all(Array.from({ length: 8 }, work));
    return all.map((object) => applied.get(object) ?? object);
  }

  /** The object as it is now; undefined where there is none. */
  async get<T extends Resource = Resource>(id: ObjectId): Promise<T | undefined> {
    const answer = await this.request({ path: pathOf(await this.#paths.of(id), id) });
    return answer.status === 404 ? undefined : (expectGood('GET', id, answer) as T);
  }

  /** All objects of a kind: `list('networking.k8s.io/v1', 'Ingress', { namespace: 'shop' })`. */
  async list<T extends Resource = Resource>(apiVersion: string, kind: string, options: ListOptions = {}): Promise<T[]> {
    const { namespace, ...selectors } = options;
    const path = await this.#paths.of({ apiVersion, kind });
    const query = new URLSearchParams({ ...selectors }).toString();
    const list = (await this.#read(`${collectionOf(path, namespace)}?${query}`)) as { readonly items: readonly object[] };
    // The items of a list do not say what they are.
    return list.items.map((item) => ({ apiVersion, kind, ...item }) as T);
  }

  /**
   * Changes an object: an object is a merge patch, an array a JSON patch.
   * @param subresource - `status`, for example.
   * @returns the object as it is then.
   */
  async patch<T extends Resource = Resource>(id: ObjectId, patch: object, subresource?: string): Promise<T> {
    const path = pathOf(await this.#paths.of(id), id);
    const answer = await this.request({
      method: 'PATCH',
      path: subresource === undefined ? path : `${path}/${subresource}`,
      body: patch,
      contentType: Array.isArray(patch) ? 'application/json-patch+json' : 'application/merge-patch+json',
    });
    return expectGood('PATCH', id, answer) as T;
  }

  /**
   * Deletes an object, without a period of grace; a namespace with all that is in it, as no controller would do it later.
   * @returns whether it was there.
   */
  async delete(id: ObjectId): Promise<boolean> {
    const path = pathOf(await this.#paths.of(id), id);
    const answer = await this.request({
      method: 'DELETE',
      path: `${path}?gracePeriodSeconds=0`,
      body: { propagationPolicy: 'Background' },
    });
    if (answer.status === 404) return false;
    expectGood('DELETE', id, answer);
    if (id.kind === 'Namespace' && id.apiVersion === 'v1') await this.#empty(id.metadata.name);
    if (id.kind === 'CustomResourceDefinition') this.#paths.forget();
    return true;
  }

  /** Creates a namespace with the service account `default`, which Pods need; nothing happens where they are there. */
  async createNamespace(name: string): Promise<void> {
    await this.#create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    await this.#createServiceAccount(name, 'default');
  }

  /**
   * A token of a service account, which is created where it is not there, and its namespace too.
   * @param seconds - How long it is valid; default 3600. The API server gives none for less than 600.
   */
  async serviceAccountToken(namespace: string, name: string, seconds = 3600): Promise<string> {
    await this.createNamespace(namespace);
    await this.#createServiceAccount(namespace, name);
    const id = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } };
    const answer = await this.request({
      method: 'POST',
      path: `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`,
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: seconds } },
    });
    return (expectGood('POST token', id, answer) as { readonly status: { readonly token: string } }).status.token;
  }

  /** Closes its connections. It may be used afterwards. */
  close(): void {
    this.#connection.close();
  }

  async #applyOne(object: Resource): Promise<Resource> {
    const path = await this.#paths.of(object);
    if (object.kind === 'Namespace') await this.createNamespace(object.metadata.name);
    // What the API server has added to an object that was read, and takes from nobody.
    const { managedFields: _m, resourceVersion: _r, uid: _u, creationTimestamp: _c, generation: _g, ...metadata } = object.metadata as Read;
    const request: KubeRequest = {
      method: 'PATCH',
      path: `${pathOf(path, object)}?fieldManager=signalbox-testing&force=true`,
      body: { ...object, metadata },
      contentType: 'application/apply-patch+yaml',
    };
    let answer = await this.request(request);
    if (answer.status === 404 && path.namespaced) {
      await this.createNamespace(namespaceOf(object));
      answer = await this.request(request);
    }
    const applied = expectGood('apply', object, answer) as Resource;
    if (object.kind === 'CustomResourceDefinition') await this.#untilServed(object as Definition);
    return applied;
  }

  /** A kind is served a moment after its definition has been accepted. */
  async #untilServed({ metadata, spec }: Definition): Promise<void> {
    const deadline = performance.now() + 30_000;
    const apiVersion = `${spec.group}/${spec.versions.find(({ served }) => served)?.name ?? ''}`;
    for (;;) {
      this.#paths.forget();
      const found = await this.#paths.of({ apiVersion, kind: spec.names.kind }).catch(() => undefined);
      if (found !== undefined && (await this.request({ path: `${collectionOf(found)}?limit=1` })).status === 200) return;
      if (performance.now() > deadline) throw new Error(`${metadata.name}: expected the kind to be served within 30 s; it is not.`);
      await sleep(25);
    }
  }

  async #empty(namespace: string): Promise<void> {
    for (const path of await this.#paths.all()) {
      if (path.namespaced && path.verbs.includes('deletecollection')) {
        await this.request({ method: 'DELETE', path: `${collectionOf(path, namespace)}?gracePeriodSeconds=0` });
      }
    }
    const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace }, spec: { finalizers: [] } };
    await this.request({ method: 'PUT', path: `/api/v1/namespaces/${namespace}/finalize`, body });
  }

  async #createServiceAccount(namespace: string, name: string): Promise<void> {
    const object = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name } };
    await this.#create(`/api/v1/namespaces/${namespace}/serviceaccounts`, object);
  }

  async #create(path: string, object: Resource): Promise<void> {
    const answer = await this.request({ method: 'POST', path, body: object });
    if (answer.status !== 409) expectGood('POST', object, answer);
  }

  async #read(path: string): Promise<unknown> {
    const answer = await this.request({ path });
    if (answer.status === 200) return answer.body;
    throw new Error(`GET ${path}: ${answer.status}: ${wordsOf(answer)}`);
  }
}

type Read = Resource['metadata'] & { readonly managedFields?: unknown; readonly resourceVersion?: unknown; readonly generation?: unknown };

interface Definition extends Resource {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly served: boolean }[];
  };
}

function fromYaml(text: string): Resource[] {
  return [...parseAllDocuments(text)].flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw new Error(error.message);
    const value: unknown = document.toJS();
    return value === null ? [] : items(value as Resource);
  });
}

/** The objects of a list, or the one object. */
function items(object: Resource & { readonly items?: readonly Resource[] }): Resource[] {
  return object.kind.endsWith('List') && object.items !== undefined ? [...object.items] : [object];
}

function namespaceOf({ metadata }: ObjectId): string {
  return metadata.namespace ?? 'default';
}

function collectionOf({ path, resource, namespaced }: KindPath, namespace?: string): string {
  return namespaced && namespace !== undefined ? `${path}/namespaces/${namespace}/${resource}` : `${path}/${resource}`;
}

function pathOf(kind: KindPath, id: ObjectId): string {
  return `${collectionOf(kind, namespaceOf(id))}/${id.metadata.name}`;
}

function wordsOf({ body }: KubeAnswer): string {
  return typeof body === 'string' ? body : ((body as { readonly message?: string }).message ?? JSON.stringify(body));
}

function expectGood(action: string, { kind, metadata }: ObjectId, answer: KubeAnswer): unknown {
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  const name = metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`;
  throw new Error(`${action} ${kind} ${name}: ${answer.status}: ${wordsOf(answer)}`);
}

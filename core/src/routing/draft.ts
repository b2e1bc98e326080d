import { isNetwork } from '../annotation/values.js';
import type { Collection } from '../resource/collection.js';
import type { Diagnostic } from '../resource/diagnostic.js';
import { configMapKind } from '../resource/kinds.js';
import type { Origin } from '../resource/origin.js';
import { refusedFields } from '../resource/refused-fields.js';
import { ageKey, idOf, kindKey, objectKey, refOf, type Resource, type ResourceKind } from '../resource/resource.js';
import type { Read, Table } from '../table/index.js';
import {
  checkedBackend,
  checkedCertificate,
  checkedErrorFile,
  checkedPatternFile,
  checkedReport,
  checkedRoute,
  checkedStream,
} from './check-draft.js';
import type { ErrorFile, PatternFile } from './operator-files.js';
import type {
  CertificateDraft,
  ErrorFileDraft,
  PatternFileDraft,
  RouteDraft,
  StreamDraft,
  TranslateContext,
  Translator,
} from './translator.js';
import type { Stream } from './streams.js';
import type { Owner, PathMatch, Route } from './model.js';

/** All that one object asks for. */
export interface Translation {
  readonly owner: Owner;
  readonly routes: readonly Route[];
  readonly certificates: readonly (CertificateDraft & { readonly origin: Origin })[];
  readonly streams?: readonly Stream[];
  readonly errorFiles?: readonly ErrorFile[];
  readonly patternFiles?: readonly PatternFile[];
  /** Whether any of its routes asks for TLS. */
  readonly tls: boolean;
}

/** What a translator says of one object, while it says it. */
export class Draft implements TranslateContext {
  readonly #plugin: string;
  readonly #owner: Owner;
  readonly #read: Read;
  readonly #collection: Collection;
  readonly #lists: ReadonlyMap<string, Table<Iterable<Resource>>>;
  readonly #routes: Route[] = [];
  readonly #streams: Stream[] = [];
  readonly #errorFiles: ErrorFile[] = [];
  readonly #patternFiles: PatternFile[] = [];
  readonly #refusedFields: readonly string[];
  readonly #certificates: (CertificateDraft & { readonly origin: Origin })[] = [];
  #reports = 0;
  /** The first nonsense that was said. A translator that catches what comes of it has said it all the same. */
  #nonsense: { readonly cause: unknown } | undefined;

  constructor(
    plugin: string,
    translator: Translator,
    object: Resource,
    read: Read,
    collection: Collection,
    lists: ReadonlyMap<string, Table<Iterable<Resource>>>,
  ) {
    this.#plugin = plugin;
    this.#read = read;
    this.#collection = collection;
    this.#lists = lists;
    this.#owner = ownerOf(plugin, translator, object);
    this.#refusedFields = refusedFields(object);
  }

  get<R extends Resource>(kind: ResourceKind<R>, namespace: string, name: string): R | undefined {
    return this.#read(this.#collection.table(kind), objectKey({ namespace, name }));
  }

  list<R extends Resource>(kind: ResourceKind<R>): readonly R[] {
    const table = this.#lists.get(kindKey(kind));
    if (table === undefined) throw new RangeError(`${kind.kind} is listed, but the translator does not name it in "reads".`);
    return [...(this.#read(table, 'all') ?? [])] as unknown as readonly R[];
  }

  route(route: RouteDraft): void {
    const { field, ...draft } = this.#checked(() => checkedRoute(route));
    const path = normalPath(draft.path);
    this.#routes.push({ ...draft, path, claim: claimOf(draft.host, path), owner: this.#owner, origin: this.#origin(field) });
  }

  defaultBackend(draft: { readonly backend: Route['backend']; readonly field: string }): void {
    const { backend, field } = this.#checked(() => ({ backend: checkedBackend(draft.backend), field: String(draft.field) }));
    this.#routes.push({
      claim: defaultClaim,
      host: '',
      path: 'default',
      backend,
      tls: false,
      owner: this.#owner,
      origin: this.#origin(field),
    });
  }

  stream(draft: StreamDraft): void {
    const { field, ...stream } = this.#checked(() => checkedStream(draft));
    if (!this.#isRefused(field)) this.#streams.push({ ...stream, owner: this.#owner, origin: this.#origin(field) });
  }

  errorFile(draft: ErrorFileDraft): void {
    const { field, ...file } = this.#checked(() => checkedErrorFile(draft));
    if (!this.#isRefused(field)) this.#errorFiles.push({ ...file, owner: this.#owner, origin: this.#origin(field) });
  }

  patternFile(draft: PatternFileDraft): void {
    const { field, ...file } = this.#checked(() => checkedPatternFile(draft));
    if (this.#isRefused(field)) return;
    this.#patternFiles.push({ ...file, areAddresses: file.patterns.every(isNetwork), owner: this.#owner, origin: this.#origin(field) });
  }

  certificate(draft: CertificateDraft): void {
    if (this.#owner.closedBy !== undefined) return;
    const certificate = this.#checked(() => checkedCertificate(draft));
    this.#certificates.push({ ...certificate, origin: this.#origin(certificate.field) });
  }

  report(diagnostic: Omit<Diagnostic, 'object' | 'source'>): void {
    this.#reports += 1;
    this.#read.note({ ...this.#checked(() => checkedReport(diagnostic)), object: this.#owner.origin.object });
  }

  /** Throws what a draft was refused for. */
  refuseNonsense(): void {
    if (this.#nonsense !== undefined) throw this.#nonsense.cause;
  }

  /** Whether nothing is asked for. */
  get isEmpty(): boolean {
    return this.#drafts === 0;
  }

  get #drafts(): number {
    return [this.#routes, this.#certificates, this.#streams, this.#errorFiles, this.#patternFiles].reduce(
      (sum, { length }) => sum + length,
      0,
    );
  }

  done(): Translation {
    // Copies, because arrays that were pushed to keep room for 16 more.
    const certificates = this.#certificates.length === 0 ? none : this.#certificates.slice();
    const others = {
      ...(this.#streams.length > 0 && { streams: this.#streams.slice() }),
      ...(this.#errorFiles.length > 0 && { errorFiles: this.#errorFiles.slice() }),
      ...(this.#patternFiles.length > 0 && { patternFiles: this.#patternFiles.slice() }),
    };
    return { owner: this.#owner, routes: this.#routes.slice(), certificates, ...others, tls: this.#routes.some((route) => route.tls) };
  }

  #checked<T>(check: () => T): T {
    try {
      if (this.#drafts + this.#reports > mostDrafts) throw new RangeError(tooManyDrafts);
      return check();
    } catch (cause) {
      this.#nonsense ??= { cause };
      throw cause;
    }
  }

  /** A ConfigMap is taken apart by field; any other object is closed as a whole. */
  #isRefused(field: string): boolean {
    const isMap = kindKey(this.#owner.origin.object) === kindKey(configMapKind);
    return isMap ? this.#refusedFields.includes(field) : this.#owner.closedBy !== undefined;
  }

  #origin(field: string): Origin {
    return { object: this.#owner.origin.object, field: shared(field), plugin: this.#plugin };
  }
}

const none: readonly never[] = [];

const mostDrafts = 100_000;
const tooManyDrafts = 'it says more than 100,000 things of one object; split the object into several';

const fields = new Map<string, string>();

/** One text for all equal ones: objects of a kind have the same few fields. */
function shared(field: string): string {
  const known = fields.get(field);
  if (known !== undefined) return known;
  if (fields.size >= 10_000) fields.clear();
  fields.set(field, field);
  return field;
}

function ownerOf(plugin: string, { kind, scope }: Translator, object: Resource): Owner {
  const key = objectKey(object.metadata);
  const [closedBy] = refusedFields(object);
  return {
    key: idOf(kindKey(kind), key),
    // HAProxy's names allow ":", Kubernetes' do not: a dot in a name must not end the backend's name in a map value.
    name: [object.metadata.namespace ?? '', object.metadata.name.replaceAll('.', ':')].join('_'),
    ...(scope && { scope }),
    age: translationKey(kind, object),
    origin: { object: refOf(object), plugin },
    ...(closedBy !== undefined && { closedBy }),
  };
}

/** The claim of whoever takes the requests that no route takes. No host and no path looks like this. */
export const defaultClaim = '*';

/** Prefix and text prefix of the same path are one claim, with or without a slash at the end. */
function claimOf(host: string, path: PathMatch): string {
  return [path.type === 'exact' ? 'exact ' : 'prefix ', host, path.value].join('');
}

/** A slash at the end of a prefix says nothing; a text prefix `/` is all paths. */
function normalPath(path: PathMatch): PathMatch {
  if (path.type === 'exact') return path;
  const value = path.value.replace(/\/+$/, '') || '/';
  return { type: value === '/' ? 'prefix' : path.type, value };
}

/** By which a translation is found: objects sort by age. */
export function translationKey(kind: ResourceKind, object: Resource): string {
  return [ageKey(object), kindKey(kind)].join(' ');
}

import type { Collection } from '../resource/collection.js';
import { configMapKind, serviceKind } from '../resource/kinds.js';
import type { Resolver } from '../resource/reference.js';
import { refusedFields } from '../resource/refused-fields.js';
import { idOf, kindKey, objectId, refOf, type Resource } from '../resource/resource.js';
import type { Owner } from '../routing/model.js';
import { type Translation, translationKey } from '../routing/draft.js';
import type { Translator } from '../routing/translator.js';
import type { DerivedTable, InputTable, Read, RowLookUp, Tables } from '../table/index.js';
import type { LookUp, ScopeReader, ScopeValues } from './scope-values.js';
import type { Layers } from './settings.js';
import type { Vocabulary } from './vocabulary.js';
import type { Scope, Targets } from './family.js';

/** What objects say in their annotations, and the operator in their ConfigMaps, read into typed values. */
export class ScopeTables {
  /** By what the families act on, so that a change of pools does not touch routes. */
  readonly #global = new Map<keyof Targets, DerivedTable<ScopeValues>>();
  readonly #byScope = new Map<Scope, DerivedTable<ScopeValues>[]>();

  constructor(
    tables: Tables,
    collection: Collection,
    vocabulary: Vocabulary,
    reader: ScopeReader,
    /** Has one row, so that the ConfigMaps are read once. */
    once: InputTable<unknown>,
    /** Of those that nobody serves nothing is read: what they say may be meant for another controller. */
    translated: readonly { readonly translator: Translator; readonly translations: DerivedTable<Translation> }[],
    resolver: Resolver,
  ) {
    const lookUp = (read: Read): LookUp => ({ tell: read.note, resolve: (kind, name, from) => resolver.resolve(read, kind, name, from) });
    const operator = tables.derive('values of the operator', once, (_row, read) =>
      globalValues(vocabulary, reader, collection, read, lookUp(read)),
    );
    for (const on of ['global', 'defaults', 'pool', 'route', 'listener', 'https'] as const) {
      const ids = new Set(vocabulary.on(on).map(({ id }) => id));
      this.#global.set(
        on,
        tables.derive(`values of the operator on ${on}`, operator, (values, _read, key) => {
          const families = Object.fromEntries(Object.entries(values.families).filter(([id]) => ids.has(id)));
          return Object.keys(families).length === 0 && values.closedBy === undefined ? [] : [[key, { ...values, families }]];
        }),
      );
    }
    const owners = translated.flatMap(({ translator: { kind, scope }, translations }) =>
      scope === undefined ? [] : [{ kind, scope, translations }],
    );
    for (const { kind, scope, translations } of [...owners, { kind: serviceKind, scope: 'service' as const, translations: undefined }]) {
      const table = tables.derive<Resource, ScopeValues>(`values of ${kindKey(kind)}`, collection.table(kind), (object, read) => {
        const { annotations } = object.metadata;
        const [closedBy] = refusedFields(object);
        if (annotations === undefined && closedBy === undefined) return [];
        if (translations !== undefined && read(translations, translationKey(kind, object)) === undefined) return [];
        const ref = refOf(object);
        const said = reader.annotations(scope, ref, annotations ?? {}, lookUp(read));
        const values = closedBy === undefined ? said : { scope, object: ref, families: {}, closedBy };
        return values === undefined ? [] : [[objectId(ref), values]];
      });
      this.#byScope.set(scope, [...(this.#byScope.get(scope) ?? []), table]);
    }
  }

  /** What the operator says to families that act on `on`. */
  global(read: RowLookUp, on: keyof Targets): Layers {
    const table = this.#global.get(on);
    const values = table && read(table, 'global');
    return values === undefined ? {} : { global: values };
  }

  /** What the owner of a route says. */
  owner(read: RowLookUp, owner: Owner): Layers {
    if (owner.scope === undefined) return {};
    for (const table of this.#byScope.get(owner.scope) ?? []) {
      const values = read(table, owner.key);
      if (values !== undefined) return { [owner.scope]: values };
    }
    return {};
  }

  /** What a Service says; `key` is its namespace/name. */
  service(read: RowLookUp, key: string): Layers {
    const [table] = this.#byScope.get('service') ?? [];
    const values = table && read(table, idOf(kindKey(serviceKind), key));
    return values === undefined ? {} : { service: values };
  }
}

function globalValues(
  vocabulary: Vocabulary,
  reader: ScopeReader,
  collection: Collection,
  read: Read,
  lookUp: LookUp,
): [string, ScopeValues][] {
  let all: ScopeValues | undefined;
  for (const name of vocabulary.configMaps.keys()) {
    const object = read(collection.table(configMapKind), name);
    if (object === undefined) continue;
    const values = reader.configMap(name, object, lookUp);
    if (values !== undefined) all = all === undefined ? values : { ...all, families: { ...all.families, ...values.families } };
  }
  return all === undefined ? [] : [['global', all]];
}

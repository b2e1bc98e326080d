import type { Collection } from '../resource/collection.js';
import type { Diagnostic } from '../resource/diagnostic.js';
import { kindKey, refOf, type Resource } from '../resource/resource.js';
import type { DerivedTable, GroupedTable, Table, Tables } from '../table/index.js';
import { refusePromise, thrownWords } from '../thrown.js';
import { Draft, type Translation } from './draft.js';
import type { Translator } from './translator.js';

/** Runs each translator over the objects of its kind. */
export function translateAll(
  tables: Tables,
  collection: Collection,
  translators: readonly { readonly plugin: string; readonly translator: Translator }[],
): readonly { readonly translator: Translator; readonly translations: DerivedTable<Translation> }[] {
  const lists = new Map<string, GroupedTable<Resource>>();
  for (const { translator } of translators) {
    for (const kind of translator.reads ?? []) {
      if (kind.wanted === 'referenced' || lists.has(kindKey(kind))) continue;
      lists.set(kindKey(kind), tables.group<Resource>(`all ${kindKey(kind)}`, [collection.table(kind)], { by: () => 'all' }));
    }
  }
  return translators.map(({ plugin, translator }, index) => ({
    translator,
    translations: tables.derive<Resource, Translation>(
      `translation ${index + 1}, by ${plugin}, of ${kindKey(translator.kind)}`,
      collection.table(translator.kind),
      (object, read) => {
        const draft = new Draft(plugin, translator, object, read, collection, lists);
        try {
          const result: unknown = translator.translate(object, draft);
          refusePromise(result, 'translate');
          draft.refuseNonsense();
        } catch (cause) {
          read.note(translatorFailed(plugin, object, cause));
          return [];
        }
        const translation = draft.done();
        return draft.isEmpty ? [] : [[translation.owner.age, translation]];
      },
    ),
  }));
}

/** What objects of all kinds ask for, by age of the owner. */
export function gatherTranslations(tables: Tables, from: readonly Table<Translation>[]): GroupedTable<Translation> {
  return tables.group('translations', from, { by: ({ owner }) => owner.age });
}

function translatorFailed(plugin: string, object: Resource, cause: unknown): Diagnostic {
  return {
    severity: 'error',
    code: 'TRANSLATOR_FAILED',
    object: refOf(object),
    message: `Plugin "${plugin}" could not translate this object: ${thrownWords(cause)}. It has no routes until the plugin, or the object, is mended.`,
  };
}

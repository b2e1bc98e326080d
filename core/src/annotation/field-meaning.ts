import { configMapKind } from '../resource/kinds.js';
import { kindKey, objectKey, type ObjectRef, refOf, type Resource } from '../resource/resource.js';
import type { KeyMeaning, Vocabulary } from './vocabulary.js';

/** What a field of an object means, if it is a key of ours: `metadata.annotations[haproxy.org/check]`, `data[check]`. */
export function meaningOf(vocabulary: Vocabulary, ref: ObjectRef, field: string): KeyMeaning | undefined {
  const [, place, key = ''] = /^(data|metadata\.annotations)\[(.*)\]$/s.exec(field) ?? [];
  if (place === 'data') return kindKey(ref) === kindKey(configMapKind) ? vocabulary.configMaps.get(objectKey(ref))?.get(key) : undefined;
  if (place === undefined) return undefined;
  for (const [prefix, meanings] of vocabulary.prefixes) {
    const meaning = key.startsWith(prefix) ? meanings.get(key.slice(prefix.length)) : undefined;
    if (meaning !== undefined) return meaning;
  }
  return undefined;
}

/** Whether a key decides who may pass. */
export function isGuard(meaning: KeyMeaning | undefined): boolean {
  if (meaning === undefined) return false;
  return 'known' in meaning ? meaning.known.guard === true : meaning.key.options.guard === true;
}

/** Whether a text of a key may be there to turn somebody away, as lines of HAProxy may. */
export function mayGuard(meaning: KeyMeaning | undefined, text: string): boolean {
  if (isGuard(meaning)) return true;
  const isRaw = meaning !== undefined && 'key' in meaning && meaning.key.isHidden === true;
  return isRaw && /\b(?:deny|reject|auth|tarpit|silent-drop)\b/.test(text);
}

/** The annotations of an object that decide who may pass, as one text: equal texts say the same. */
export function guardsOf(vocabulary: Vocabulary, object: Resource): string {
  const ref = refOf(object);
  const annotations = Object.entries(object.metadata.annotations ?? {});
  const guards = annotations.filter(([name]) => isGuard(meaningOf(vocabulary, ref, `metadata.annotations[${name}]`)));
  return JSON.stringify(guards.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a field accepts, in words. */
export function acceptedBy(meaning: KeyMeaning | undefined): string | undefined {
  return meaning === undefined || 'known' in meaning ? undefined : meaning.key.accepts;
}

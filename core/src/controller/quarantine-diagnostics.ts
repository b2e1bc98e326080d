import { closedUntilMended } from '../annotation/consequence.js';
import { acceptedBy, mayGuard, meaningOf } from '../annotation/field-meaning.js';
import type { KeyMeaning, Vocabulary } from '../annotation/vocabulary.js';
import type { Diagnostic } from '../resource/diagnostic.js';
import { configMapKind, secretKind } from '../resource/kinds.js';
import { kindKey } from '../resource/resource.js';
import { type QuarantineEntry, textOf } from './quarantine-entry.js';

/** What HAProxy's TLS library takes at its usual level. */
const strongPem = 'PEM with keys of RSA 2048 bits, or of a curve such as P-256, or more, signed with SHA-256 or better';

/** What the owner of an object in quarantine is told: one diagnostic for each field that is known to be to blame. */
export function quarantineDiagnostics(entry: QuarantineEntry, vocabulary: Vocabulary): readonly Diagnostic[] {
  const fields = [...entry.fields, ...entry.kept];
  return (fields.length > 0 ? fields : [undefined]).map((field): Diagnostic => {
    const meaning = field === undefined ? undefined : meaningOf(vocabulary, entry.ref, field);
    const accepted = kindKey(entry.ref) === kindKey(secretKind) ? strongPem : acceptedBy(meaning);
    const parts = [
      `HAProxy refuses what this leads to. ${entry.why}`,
      ...(accepted === undefined ? [] : [`Expected ${accepted}.`]),
      consequence(entry, field, meaning),
    ];
    return {
      severity: 'error',
      code: 'HAPROXY_REFUSED',
      object: entry.ref,
      ...(field !== undefined && { field }),
      message: parts.join(' '),
    };
  });
}

function consequence({ ref, state, kept, lastGood, standIn }: QuarantineEntry, field: string | undefined, meaning?: KeyMeaning): string {
  if (kindKey(ref) === kindKey(configMapKind)) {
    const isKept = field !== undefined && kept.includes(field);
    if (isKept && textOf(lastGood, field) !== undefined) return 'Its last good value holds until it is mended.';
    const closes = !isKept && field !== undefined && mayGuard(meaning, textOf(standIn, field) ?? '');
    if (!closes) return 'It has no effect until it is mended; all else holds.';
    return meaning !== undefined && 'entry' in meaning
      ? closedUntilMended(meaning.entry.family, ref)
      : 'What it guards answers 503 until it is mended.';
  }
  if (kindKey(ref) === kindKey(secretKind)) {
    const certificate = state === 'last good' ? 'The last good certificate goes on being served' : 'It is served for no name';
    return `${certificate}, and what it guards answers 503, until it is mended.`;
  }
  return state === 'last good'
    ? 'The last good state of this object goes on serving until it is mended.'
    : 'Its routes answer 503 until it is mended.';
}

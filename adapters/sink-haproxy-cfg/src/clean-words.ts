import type { OurFiles } from './our-files.js';

const maxLength = 200;
const hidden = "'…'";

/** What may stand before a quotation that is a name of ours. */
const namedBy =
  /\b(?:proxy|frontend|backend|listen|server|section|defaults|userlist|peers|resolvers|use_backend|default_backend|cache|ruleset)s?:?\s*$/i;
/** What may stand before a quotation that should be a word of HAProxy's language. */
const wordAfter = /\b(?:unknown (?:keyword|option|fetch method|converter)|converter|fetch method|keyword)\s*$/;
const startOfRule =
  /^((?:http|tcp)-(?:request|response|after-response)\s+[a-z-]+|bind|server|balance|option\s+[a-z-]+|acl|use_backend|default_backend)\b/;
/** An apostrophe inside a word of a value ends no quotation. */
const quotation = /(?<!\w)'((?:[^']|'(?=\w))*)('|$)/g;
/** An expression can hold `>`; HAProxy puts ` : ` or the end of the sentence behind the one that it means. */
const angled = /<(.*?)(?:>(?=\s*(?::|\.?$|\s))|$)/g;

/**
 * Takes out of HAProxy's words whatever could hold a secret: a quotation stays only where it is the name of a proxy, a keyword that begins
 * a rule, a short word where HAProxy looked for a keyword, or one of our own files.
 */
export function cleanWords(text: string, ours: OurFiles): string {
  const shown = text
    .replaceAll(/[\x00-\x1f\x7f]/g, ' ')
    .replaceAll(quotation, (whole, quoted: string, end: string, offset: number) =>
      end === '' ? hidden : shownQuotation(quoted, text.slice(0, offset), text.slice(offset + whole.length), ours),
    )
    .replaceAll(angled, (_whole, quoted: string) => quoteFile(quoted, ours) ?? hidden)
    .replaceAll(/"[^"]*("|$)/g, hidden)
    .replaceAll(/[^\s',()[\]]{33,}/g, (word) => (/^[\w.:/-]*\/[\w.:/-]*$/.test(word) && !word.includes('=') ? word : hidden))
    .replaceAll(/'…'(?:(?:,| and| or) *'…')+/g, hidden);
  return shown.length > maxLength ? shown.slice(0, maxLength - 1) + '…' : shown;
}

function shownQuotation(quoted: string, before: string, after: string, ours: OurFiles): string {
  const file = quoteFile(quoted, ours);
  if (file !== undefined) return file;
  if (/^[A-Za-z0-9_.:-]{1,200}$/.test(quoted) && (namedBy.test(before) || /^\s*section\b/.test(after))) return quote(quoted);
  if (/^[a-z][a-z0-9_.-]{0,39}$/.test(quoted) && wordAfter.test(before)) return quote(quoted);
  const rule = startOfRule.exec(quoted);
  return rule === null ? hidden : quote(rule[1] ?? '');
}

function quoteFile(quoted: string, ours: OurFiles): string | undefined {
  const file = ours.find(quoted);
  return file === undefined ? undefined : quote(file);
}

function quote(text: string): string {
  return "'" + text + "'";
}

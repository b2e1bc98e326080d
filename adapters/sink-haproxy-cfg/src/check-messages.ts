import { relative } from 'node:path';
import type { CheckMessage } from '@signalbox/core';

const header = /^\[(ALERT|WARNING|NOTICE)\]\s+\(\d+\)\s*:\s*(?:config\s*:\s*)?(.*)$/;
const location = /(\b[Pp]arsing\s*)?\[([^\]]*):(\d+)\]\s*:?\s*/g;
const noise =
  /^(?:Fatal errors found|Error\(s\) found|Some (?:configuration|protocols)|too many fatal errors|haproxy version|path to executable|New worker|Loading |config: Can't open global server state|Missing LF$)/;
const maxLength = 200;
const maxMessages = 100;

/**
 * Reads what HAProxy wrote while it read a configuration. Its messages can quote what no report may show: a configured password, or any
 * file of the machine that a snippet names as if it were a list. So the lines below a message, which repeat the configuration, are
 * dropped, and a quotation stays only where it is the name of a proxy, a keyword that begins a rule, or one of our own files.
 *
 * @param folder - The folder that was checked; names of files become relative to it.
 */
export function parseCheckMessages(text: string, folder: string, isOurs: (path: string) => boolean): readonly CheckMessage[] {
  const messages: CheckMessage[] = [];
  for (const line of text.split('\n')) {
    const match = header.exec(line);
    if (match === null || match[1] === 'NOTICE' || messages.length === maxMessages) continue;
    const [, level, rest = ''] = match;
    const place = [...rest.matchAll(location)]
      .map(([, , path = '', at]) => ({ file: inside(path, folder), line: Number(at) }))
      .find(({ file }) => isOurs(file));
    // Addresses stand in brackets too, and stay.
    const said = rest.replaceAll(location, (whole, parsing, path: string) => (parsing || isOurs(inside(path, folder)) ? '' : whole)).trim();
    if (noise.test(said) || /^\[[^\]]*main\(\)\]/.test(rest)) continue;
    messages.push({ severity: level === 'ALERT' ? 'alert' : 'warning', ...place, text: clean(said, folder, isOurs) });
  }
  return messages;
}

function inside(path: string, folder: string): string {
  return path.startsWith('/') ? relative(folder, path) : path;
}

/** What may stand before a quotation that is a name. */
const namedBy =
  /\b(?:proxy|frontend|backend|listen|server|section|defaults|userlist|peers|resolvers|use_backend|default_backend|cache|ruleset)s?:?\s*$/i;
const startOfRule =
  /^((?:http|tcp)-(?:request|response|after-response)\s+[a-z-]+|bind|server|balance|option\s+[a-z-]+|acl|use_backend|default_backend)\b/;

function clean(text: string, folder: string, isOurs: (path: string) => boolean): string {
  const quotations = text.replaceAll(/'([^']*)('|$)/g, (whole, quoted: string, end: string, offset: number) => {
    if (end === '') return hidden;
    const before = text.slice(0, offset);
    const path = inside(quoted, folder);
    if (isOurs(path)) return quote(path);
    if (/^[A-Za-z0-9_.:-]{1,200}$/.test(quoted) && (namedBy.test(before) || /^\s*section\b/.test(text.slice(offset + whole.length))))
      return whole;
    const rule = startOfRule.exec(quoted);
    return rule === null ? hidden : quote(rule[1] ?? '');
  });
  const shown = quotations
    .replaceAll(/"[^"]*("|$)/g, hidden)
    .replaceAll(/[^\s',()[\]]{33,}/g, (word) => (/^[\w.:/-]*\/[\w.:/-]*$/.test(word) && !word.includes('=') ? word : hidden))
    .replaceAll(/[\x00-\x1f\x7f]/g, ' ');
  return shown.length > maxLength ? shown.slice(0, maxLength - 1) + '…' : shown;
}

const hidden = "'…'";

function quote(text: string): string {
  return "'" + text + "'";
}

import { compileLine } from './compile-line.js';
import { directiveOf } from './directive.js';
import type { Directive } from './directive.js';
import { isRefusal, refusal } from './refusal.js';
import { splitWords } from './split-words.js';
import type { SplitWord } from './split-words.js';
import { Template } from './template.js';

/** First words that start another section, in any version that we know of. */
const sections: ReadonlySet<string> = new Set(
  (
    'global defaults frontend backend listen peers resolvers mailers userlist cache program ring http-errors fcgi-app log-forward log-profile ' +
    'crt-store traces acme namespace_list dynamic-update appctx haterm healthcheck stick-tables certificate'
  ).split(' '),
);

/**
 * The lines of a raw snippet, for compatibility: its author's own HAProxy, unencoded. Comments and empty lines are left out. A snippet
 * must stay in its section: a line that starts another one is refused, as are open quotes, carriage returns within a line, and `.if` blocks
 * that do not close.
 * @param why - Where the snippet is from, for the message: `config-snippet of Ingress shop/web`.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` with `details.reason` `raw`.
 * @public
 */
export function raw(text: string, why: string): readonly Directive[] {
  const refuse = (line: number, message: string): Error =>
    refusal('raw', `Line ${line} of the ${why}: ${message}`, { place: 'a raw snippet' });
  const directives: Directive[] = [];
  const blocks: number[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const wrong = (message: string): Error => refuse(index + 1, message);
    const control = /[\0-\x08\x0b-\x1f\x7f\u2028\u2029]|\p{Surrogate}/u.exec(line);
    if (control !== null) throw wrong('it has a control character, at which HAProxy would cut it.');
    const words = splitWords([line], { wrong, comments: true });
    const [first] = words;
    if (first === undefined) continue;
    const keyword = first.text ?? '';
    if (first.doubt !== undefined) throw wrong('its first word must be written plainly.');
    if (sections.has(keyword)) throw wrong(`"${keyword}" starts another section; a snippet has to stay in its own.`);
    if (keyword.startsWith('.')) follow(keyword, index + 1, blocks, wrong);
    const conditionAt = findCondition(words, line, wrong);
    directives.push(
      directiveOf(
        words.map(({ source }) => source),
        { raw: true, ...(conditionAt !== undefined && { conditionAt }) },
      ),
    );
  }
  if (blocks[0] !== undefined) throw refuse(blocks[0], 'its ".if" has no ".endif" in the snippet.');
  return directives;
}

/** Where the line has its condition, so that it can be guarded. */
function findCondition(words: readonly SplitWord[], line: string, wrong: (message: string) => Error): number | undefined {
  try {
    return compileLine(words, new Template('raw', [line]))([]).conditionAt;
  } catch (error) {
    throw isRefusal(error) ? wrong(error.message) : error;
  }
}

/** Lines of HAProxy's own preprocessor: blocks that close within the snippet, and messages. */
function follow(keyword: string, line: number, blocks: number[], wrong: (message: string) => Error): void {
  if (keyword === '.if') blocks.push(line);
  else if (keyword === '.endif') {
    if (blocks.pop() === undefined) throw wrong('".endif" closes nothing in the snippet.');
  } else if (keyword === '.elif' || keyword === '.else') {
    if (blocks.length === 0) throw wrong(`"${keyword}" belongs to no ".if" of the snippet.`);
  } else if (!/^\.(?:notice|warning|diag)$/.test(keyword)) throw wrong(`"${keyword}" is not permitted in a snippet.`);
}

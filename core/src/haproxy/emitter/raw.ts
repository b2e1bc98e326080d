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

/** Changes the variable that rule sets are guarded by: rules of a connection come before them wherever they stand. */
const ruleSetVariable = /^(?:un)?set-var(?:-fmt)?\(\s*txn\.rs\s*[,)]/;

/**
 * The lines of a raw snippet, for compatibility: its author's own HAProxy, unencoded. Comments and empty lines are left out. A snippet
 * must stay in its section: a line that starts another one is refused, as are open quotes, carriage returns within a line, and `.if` blocks
 * that do not close. Within its section it can do what HAProxy can, to others too: name files, run Lua, change maps.
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
    // HAProxy looks for a section behind these two as well.
    const named = keyword === 'no' || keyword === 'default' ? (words[1]?.text ?? '') : keyword;
    if (sections.has(named)) throw wrong(`"${named}" starts another section; a snippet has to stay in its own.`);
    if (words.some(({ text = '' }) => ruleSetVariable.test(text)))
      throw wrong('it changes txn.rs, by which the rules of a route are told from those of others.');
    if (keyword.startsWith('.')) follow(keyword, index + 1, blocks, wrong);
    const { conditionAt, secret } = factsOf(words, wrong);
    directives.push(
      directiveOf(
        words.map(({ source }) => source),
        { raw: true, ...(conditionAt !== undefined && { conditionAt }), ...(secret && { secret }) },
      ),
    );
  }
  if (blocks[0] !== undefined) throw refuse(blocks[0], 'its ".if" has no ".endif" in the snippet.');
  return directives;
}

/** Where the line has its condition, so that it can be guarded, and whether it holds a secret. */
function factsOf(words: readonly SplitWord[], wrong: (message: string) => Error): Pick<Directive, 'conditionAt' | 'secret'> {
  try {
    return compileLine(words, new Template('raw', ['…']))([]);
  } catch (error) {
    // Without the line itself, which may hold a password.
    throw isRefusal(error) ? wrong(error.message.replace(/ In `raw`…``\.$/, '')) : error;
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

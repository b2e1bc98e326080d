import { renderDirective } from './directive.js';
import type { Directive } from './directive.js';
import { nameForm } from './name.js';
import { refusal } from './refusal.js';

/** Kinds of sections that we write. @public */
export type SectionKind =
  | 'global'
  | 'defaults'
  | 'frontend'
  | 'backend'
  | 'listen'
  | 'peers'
  | 'resolvers'
  | 'userlist'
  | 'mailers'
  | 'cache'
  | 'ring'
  | 'http-errors'
  | 'crt-store'
  | 'log-forward';

/** A section of haproxy.cfg. @public */
export interface Section {
  readonly kind: SectionKind;
  /** Absent for `global`. */
  readonly name?: string;
  /** The `defaults` section that it inherits. */
  readonly from?: string;
  readonly directives: readonly Directive[];
}

/** @public */
export interface RenderOptions {
  /** A comment for the line above a directive, such as its origin. Made harmless here. */
  readonly comments?: (directive: Directive, index: number) => string | undefined;
  /** A comment above the section. */
  readonly comment?: string;
}

const longestComment = 200;

/**
 * The lines of a section, without line ends: its header, and its directives indented by two blanks.
 * @throws {@link SignalboxError} `EMITTER_REFUSED` if a name is none.
 * @public
 */
export function renderSection({ kind, name, from, directives }: Section, { comment, comments }: RenderOptions = {}): string[] {
  const lines = comment === undefined ? [] : [renderComment(comment)];
  lines.push([kind, ...(name === undefined ? [] : [checkName(name)]), ...(from === undefined ? [] : ['from', checkName(from)])].join(' '));
  for (const [index, directive] of directives.entries()) {
    const above = comments?.(directive, index);
    if (above !== undefined) lines.push(`  ${renderComment(above)}`);
    lines.push(`  ${renderDirective(directive)}`);
  }
  return lines;
}

/** A comment line that stays one, whatever the text. @public */
export function renderComment(text: string): string {
  const oneLine = text.replace(/[^\x20-\x7e\p{L}\p{N}\p{P}]|\p{Surrogate}/gu, ' ');
  return `# ${oneLine.length > longestComment ? `${[...oneLine].slice(0, longestComment).join('')}…` : oneLine}`.trimEnd();
}

function checkName(text: string): string {
  if (nameForm.test(text)) return text;
  throw refusal('form', 'The name of a section has letters, digits and "_", ".", ":", "-" only.', { place: 'the name of a section' }, text);
}

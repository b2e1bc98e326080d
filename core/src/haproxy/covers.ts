import type { OwnedDirective, SectionRow } from './rows.js';

/** Whether a section that runs treats every request as the wanted one would: what it has besides are rule sets that no request comes with. */
export function covers(running: SectionRow, wanted: SectionRow): boolean {
  if (running.from !== wanted.from || running.kind !== wanted.kind) return false;
  const ids = new Set(wanted.directives.flatMap(({ ruleSet }) => ruleSet?.id ?? []));
  const acting = running.directives.filter(({ ruleSet }) => ruleSet === undefined || ids.has(ruleSet.id));
  return acting.length === wanted.directives.length && acting.every((each, at) => isSame(each, wanted.directives[at]));
}

function isSame({ directive }: OwnedDirective, other: OwnedDirective | undefined): boolean {
  const words = other?.directive.words ?? [];
  return (
    directive === other?.directive || (directive.words.length === words.length && directive.words.every((word, at) => word === words[at]))
  );
}

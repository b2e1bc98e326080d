import type { LiveStep } from '@signalbox/core';

/** A bound for what is prepared before it is sent. */
const mostSteps = 1_000;

/** Those that are one command, and for a row that is missing another; each says what it changes. */
const rowSteps: ReadonlySet<LiveStep['do']> = new Set(['add row', 'set row', 'delete row']);
const settingSteps: ReadonlySet<LiveStep['do']> = new Set(['ready server', 'set weight', 'set maxconn', 'set address']);

/**
 * Cuts steps into groups that can be under way together: steps of one kind, each about something else. What stands behind a group waits
 * until it is done, since it may build on it.
 */
export function* stepGroups(steps: readonly LiveStep[]): Iterable<readonly LiveStep[]> {
  let group: LiveStep[] = [];
  let kind: string | undefined;
  const subjects = new Set<string>();
  for (const step of steps) {
    const next = kindOf(step);
    const subject = subjectOf(step);
    if (group.length > 0 && (next !== kind || subjects.has(subject) || group.length === mostSteps)) {
      yield group;
      group = [];
      subjects.clear();
    }
    kind = next;
    group.push(step);
    subjects.add(subject);
  }
  if (group.length > 0) yield group;
}

function kindOf(step: LiveStep): string {
  if (rowSteps.has(step.do)) return 'rows';
  return settingSteps.has(step.do) ? 'settings' : step.do;
}

function subjectOf(step: LiveStep): string {
  switch (step.do) {
    case 'add server':
      return [step.backend, step.server.name].join(' ');
    case 'remove server':
      return [step.backend, step.name].join(' ');
    case 'ready server':
    case 'set weight':
    case 'set maxconn':
    case 'set address':
      return [step.do, step.backend, step.name].join(' ');
    case 'add row':
    case 'set row':
      return [step.map, step.row.key].join(' ');
    case 'delete row':
      return [step.map, step.key].join(' ');
    case 'add name':
    case 'remove name':
      return [step.crtList, step.certificate, step.name].join(' ');
    case 'remove certificate':
      return step.file;
    // HAProxy has one transaction at a time, and a map is changed in one go.
    case 'put certificate':
    case 'replace authorities':
    case 'replace map':
    case 'replace list':
      return '';
  }
}

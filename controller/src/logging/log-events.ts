import { type Controller, type ControllerEvents, formatRef, type HaproxyRow, type Step } from '@signalbox/core';
import type { Log } from './log.js';
import { messageOf } from './printable.js';
import { Repeats } from './repeats.js';

type Applied = ControllerEvents['applied'][0];

const ways = { none: 'without touching HAProxy', started: 'HAProxy started', reloaded: 'HAProxy reloaded' } as const;
const mostReasons = 5;

/** Says in the log what a controller does: one line for each event. What users wrote wrongly is a reporter's business. */
export function logEvents({ events }: Controller, log: Log, stopping: AbortSignal): void {
  const failures = new Repeats();
  events.on('synced', () => log.debug('All sources have given their first full list.'));
  events.on('changed', ({ rows, durationMs }) => log.debug(`Computed ${String(rows)} rows in ${ms(durationMs)}.`, { rows, durationMs }));
  events.on('applied', (applied) => {
    failures.clear();
    const { target, reload, steps, durationMs } = applied;
    const facts = { target, reload, steps: steps.length, reasons: reasonsOf(steps), durationMs };
    log[steps.length === 0 ? 'debug' : 'info'](appliedMessage(applied), facts);
  });
  events.on('rejected', ({ target, diagnostics }) => {
    log.error(
      `HAProxy refuses the configuration (${String(diagnostics.length)} reasons, named above); it goes on serving the last good one.`,
      { target },
    );
  });
  events.on('failed', ({ target, error, retryInMs }) => {
    if (stopping.aborted) return;
    const said = failures.pass(messageOf(error));
    const facts = { target, retryInMs, ...(error instanceof Error && 'code' in error && { code: error.code }) };
    if (said === undefined) log.debug(`${messageOf(error)} Again in ${ms(retryInMs)}.`, facts);
    else log.error(`${said} It is tried again.`, facts);
  });
}

function appliedMessage({ steps, reload, durationMs }: Applied): string {
  const reasons = reasonsOf(steps);
  const isFirst = reload === 'started' || (reload === 'none' && steps.length > 0);
  const what = reload === 'none' && steps.length > 0 ? 'HAProxy runs with all of it already' : ways[reload];
  const why = isFirst || reasons.length === 0 ? '' : ` for ${reasons.join(', ')}`;
  return `Applied ${summary(steps)} in ${ms(durationMs)}: ${what}${why}.`;
}

/** `2 servers, 1 backend added; 1 map row removed`. */
function summary(steps: readonly Step[]): string {
  if (steps.length === 0) return 'nothing new';
  const done = { add: 'added', change: 'changed', remove: 'removed' } as const;
  const told = (['add', 'change', 'remove'] as const).flatMap((kind) => {
    const counts = new Map<string, number>();
    for (const step of steps)
      if (step.kind === kind) counts.set(nameOf(step.after ?? step.before), (counts.get(nameOf(step.after ?? step.before)) ?? 0) + 1);
    return counts.size === 0
      ? []
      : [`${[...counts].map(([name, count]) => `${String(count)} ${name}${count === 1 ? '' : 's'}`).join(', ')} ${done[kind]}`];
  });
  return told.join('; ');
}

const names = { server: 'server', map: 'map row', crt: 'certificate name', certificate: 'certificate', list: 'pattern list' } as const;

function nameOf(row: HaproxyRow | undefined): string {
  if (row === undefined) return 'row';
  return row.type === 'section' ? `${row.kind} section` : names[row.type];
}

/** The objects and fields that the steps are for, each once; cut where there are many. */
function reasonsOf(steps: readonly Step[]): string[] {
  const said = new Set(
    steps.flatMap(({ reason }) =>
      reason === undefined ? [] : [[formatRef(reason.object), ...(reason.field === undefined ? [] : [reason.field])].join(' ')],
    ),
  );
  const objects = new Set([...said].filter((each) => each.split(' ').length > 2).map((each) => each.split(' ', 2).join(' ')));
  // The object alone says nothing where one of its fields is named.
  const all = [...said].filter((each) => !objects.has(each));
  const rest = all.length - mostReasons;
  return rest <= 0 ? all : [...all.slice(0, mostReasons), `${String(rest)} more`];
}

function ms(duration: number): string {
  return `${duration < 10 ? duration.toFixed(1) : String(Math.round(duration))} ms`;
}

import { type Controller, type ControllerEvents, formatRef, type ObjectRef, type Step } from '@signalbox/core';
import type { Facts, Log } from './log.js';
import { messageOf } from './printable.js';
import { becauseMessage } from './reload-words.js';
import { Repeats } from './repeats.js';
import { many, ms, placesOf, stepsMessage } from './step-words.js';

type Applied = ControllerEvents['applied'][0];
type Reloaded = ControllerEvents['reloaded'][0];

const mostPlaces = 5;
const mostObjects = 3;
const mostDifferences = 3;

/** Says in the log what a controller does: one line for each event. What users wrote wrongly is a reporter's business. */
export function logEvents({ events }: Pick<Controller, 'events'>, log: Log, stopping: AbortSignal): void {
  const failures = new Repeats();
  const drifts = new Repeats();
  /** Once a minute while it is repeated, and always for those who look closely. */
  const passOn = (level: 'warn' | 'error', said: string | undefined, message: string, facts: Facts): void => {
    if (said === undefined) log.debug(message, facts);
    else log[level](said, facts);
  };
  /** By target: what a reload was part of. Why HAProxy was reloaded is told right afterwards. */
  const reloads = new Map<string, Applied>();
  events.on('synced', () => log.debug('All sources have given their first full list.'));
  events.on('late', ({ sources, targets }) => log.info(lateMessage(sources, targets), { sources, targets }));
  events.on('incomplete', ({ objects }) => {
    const facts = { count: objects.length, objects: objects.slice(0, 100).map(formatRef) };
    log.warn(incompleteMessage(objects), facts);
  });
  events.on('changed', ({ rows, durationMs }) => log.debug(`Computed ${String(rows)} rows in ${ms(durationMs)}.`, { rows, durationMs }));
  events.on('applied', (applied) => {
    failures.clear();
    if (applied.waiting !== undefined)
      log.debug(waitingMessage(applied.waiting), { target: applied.target, ...waitingFacts(applied.waiting) });
    if (applied.reload !== 'none') reloads.set(applied.target, applied);
    else if (applied.steps.length > 0) log.info(appliedMessage(applied), appliedFacts(applied));
    else if (applied.waiting === undefined) log.debug(appliedMessage(applied), appliedFacts(applied));
  });
  events.on('reloaded', (reloaded) => {
    const applied = reloads.get(reloaded.target);
    if (applied !== undefined) log.info(appliedMessage(applied, reloaded), { ...appliedFacts(applied), ...reloadFacts(reloaded) });
    reloads.delete(reloaded.target);
  });
  events.on('drifted', ({ target, differences }) => {
    const message = driftMessage(differences);
    drifts.clear();
    const said = drifts.pass(message, target);
    passOn('warn', said, message, { target, differences: differences.slice(0, 100), count: differences.length });
  });
  events.on('rejected', ({ target, diagnostics }) => {
    const message = `HAProxy refuses the configuration (${many(diagnostics.length, 'reason')}, named above); it goes on serving the last good one.`;
    passOn('error', failures.pass(message, `rejected ${target}`), message, { target });
  });
  events.on('failed', ({ target, error, retryInMs }) => {
    if (stopping.aborted) return;
    const said = failures.pass(messageOf(error));
    const facts = { target, retryInMs, ...(error instanceof Error && 'code' in error && { code: error.code }) };
    passOn('error', said && `${said} It is tried again.`, `${messageOf(error)} Again in ${ms(retryInMs)}.`, facts);
  });
}

function lateMessage(sources: readonly string[], targets: readonly string[]): string {
  const meanwhile =
    targets.length > 0
      ? 'HAProxy serves the last configuration, from disk, until it has.'
      : 'There is no configuration from before: HAProxy is started when it has.';
  return `What is to be served has not been read in full yet (${sources.join(', ')}). ${meanwhile}`;
}

function incompleteMessage(objects: readonly ObjectRef[]): string {
  const rest = objects.length - mostObjects;
  const named = [...objects.slice(0, mostObjects).map(formatRef), ...(rest > 0 ? [`${String(rest)} more`] : [])].join(', ');
  return `What is referred to could not be read in time (${many(objects.length, 'object')}): ${named}. HAProxy is configured without it until it comes.`;
}

/** What was done, and why: of what HAProxy took up while it ran, the objects; of a reload, what it could not take up. */
function appliedMessage({ steps, live, reload, durationMs }: Applied, reloaded?: Reloaded): string {
  const head = `Applied ${stepsMessage(steps)} in ${ms(durationMs)}:`;
  if (reload === 'started') return `${head} HAProxy started.`;
  if (reload === 'reloaded') {
    const liveToo = live.length === 0 ? '' : `${liveMessage(live, steps)}; `;
    return `${head} ${liveToo}HAProxy reloaded${whyMessage(steps, reloaded)}.`;
  }
  if (steps.length === 0) return `${head} without touching HAProxy.`;
  return live.length === 0 ? `${head} HAProxy runs with all of it already.` : `${head} ${liveMessage(live, steps)}.`;
}

function liveMessage(live: readonly Step[], steps: readonly Step[]): string {
  const what = live.length === steps.length ? 'live' : `${stepsMessage(live)} live`;
  const places = placesOf(live, mostPlaces);
  return places.length === 0 ? what : `${what}, for ${places.join(', ')}`;
}

/** Where no cause is known, every change is a reload: the objects are what can be said. */
function whyMessage(steps: readonly Step[], { causes }: Pick<Reloaded, 'causes'> = { causes: [] }): string {
  const because = becauseMessage(causes);
  if (because !== '') return `, because ${because}`;
  const places = placesOf(steps, mostPlaces);
  return places.length === 0 ? '' : ` for ${places.join(', ')}`;
}

function appliedFacts({ target, steps, live, reload, sent, durationMs }: Applied): Facts {
  // At a start everything is new.
  const reasons = reload === 'started' ? [] : placesOf(steps, mostPlaces);
  return {
    ...{ target, reload, steps: steps.length, live: live.length, reasons, durationMs },
    ...(sent && { sent }),
  };
}

function reloadFacts({ causes, oldWorkers }: Reloaded): Facts {
  return {
    causes: causes.slice(0, mostPlaces).map(({ cause, step }) => ({
      cause,
      ...(step !== undefined && { key: step.key }),
      ...(step?.reason && { object: formatRef(step.reason.object), field: step.reason.field ?? null }),
    })),
    ...(oldWorkers !== undefined && { oldWorkers }),
  };
}

type Waiting = NonNullable<Applied['waiting']>;

function waitingMessage({ reasons, inMs }: Waiting): string {
  const because = becauseMessage(reasons);
  return `Waits ${ms(inMs)} for a reload${because === '' ? '' : `, because ${because}`}.`;
}

function waitingFacts({ reasons, inMs }: Waiting): Facts {
  return { waitingMs: inMs, causes: [...new Set(reasons.map(({ cause }) => cause))] };
}

function driftMessage(differences: readonly string[]): string {
  const rest = differences.length - mostDifferences;
  const named = [...differences.slice(0, mostDifferences), ...(rest > 0 ? [`${String(rest)} more`] : [])].join(', ');
  return `What ran was not what is wanted, and is mended (${many(differences.length, 'difference')}): ${named}.`;
}

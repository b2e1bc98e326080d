import type { EventEmitter } from 'eventemitter3';
import { formatRef } from '../resource/resource.js';
import type { Step } from '../target/plan.js';
import type { Outcome } from '../target/target.js';
import type { ControllerEvents } from './events.js';

/** Tells what an attempt did to a target. */
export function emitOutcome(events: EventEmitter<ControllerEvents>, target: string, outcome: Outcome): void {
  const { steps, live = [], reload, sent, drift, reasons = [], oldWorkers, waiting, durationMs } = outcome;
  if (drift !== undefined) events.emit('drifted', { target, differences: drift });
  const waitingFor = waiting === undefined ? {} : { waiting: { reasons: waiting.reasons, inMs: waiting.inMs } };
  events.emit('applied', { target, steps, live, reload, durationMs, ...(sent && { sent }), ...waitingFor });
  if (reload === 'none') return;
  const why = whyOf(outcome);
  const workers = oldWorkers === undefined ? {} : { oldWorkers };
  events.emit('reloaded', { target, reasons: reasonsOf(why), causes: reasons, durationMs, ...workers });
}

/** At a start everything is new. */
function whyOf({ steps, reload, reasons = [] }: Outcome): readonly Step[] {
  if (reload === 'started') return [];
  return reasons.length === 0 ? steps : reasons.flatMap(({ step }) => step ?? []);
}

/** The objects for which HAProxy was reloaded, each once; cut where there are many. */
function reasonsOf(steps: readonly Step[]): string[] {
  const all = new Set(
    steps.map(({ kind, key, reason }) =>
      reason === undefined ? `${kind} ${key}` : [formatRef(reason.object), reason.field ?? ''].join(' ').trim(),
    ),
  );
  const most = 10;
  return all.size <= most ? [...all] : [...[...all].slice(0, most), `and ${all.size - most} more`];
}

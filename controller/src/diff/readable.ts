import { painter } from '../cli/painter.js';
import { printable } from '../logging/printable.js';
import { becauseMessage } from '../logging/reload-words.js';
import { many, placesOf } from '../logging/step-words.js';
import type { Difference, DiffStep } from './difference.js';
import { detailsOf, whatOf } from './step-text.js';

/** For people: a line for each step, in order, and what that means for HAProxy. */
export function readable(difference: Difference): string {
  const paint = painter(process.stdout);
  const lines = difference.steps.flatMap((each) => [stepMessage(each), ...detailsOf(each.step).map((line) => `          ${line}`)]);
  const steps = lines.map((line) => `${printable(line, 500)}\n`).join('');
  return `${steps}${steps === '' ? '' : '\n'}${paint.bold(printable(verdictMessage(difference)))}\n`;
}

function stepMessage({ step, lane }: DiffStep): string {
  const [place] = placesOf([step], 1);
  return `${lane.padEnd(6)}  ${step.kind} ${whatOf(step)}${place === undefined ? '' : `, for ${place}`}`;
}

function verdictMessage({ steps, reasons, stands }: Difference): string {
  if (steps.length === 0) return 'Nothing differs: no reload.';
  const because = becauseMessage(reasons);
  if (because !== '') return `${many(steps.length, 'step')}: a reload, because ${because}.`;
  if (stands.length === 0) return `${many(steps.length, 'step')}: no reload.`;
  const names = stands.length === 1 ? '1 new backend its own name' : `${String(stands.length)} new backends their own names`;
  return `${many(steps.length, 'step')}: no reload at once; a reload some seconds later gives ${names}.`;
}

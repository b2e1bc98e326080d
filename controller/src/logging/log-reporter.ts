import type { Diagnostic, Reporter } from '@signalbox/core';
import { diagnosticLine, diagnosticRecord, inOrder, placeOf } from './diagnostic-line.js';
import type { Log } from './log.js';

/** So many of one change are logged; a folder of ten thousand broken manifests shall not drown what else is said. */
const mostAtOnce = 50;

/** What is wrong between us and a cluster its source says itself, when it happens, and when it is over. */
const saidBySource: ReadonlySet<string> = new Set(['API_SERVER_UNREACHABLE', 'API_ACCESS_FORBIDDEN', 'API_KIND_MISSING']);

const levels = { error: 'error', warning: 'warn', info: 'info' } as const;

/** Says in the log what users should know of what they wrote, and what of it is settled. */
export function logReporter(log: Log): Reporter {
  return {
    name: 'log',
    report(change) {
      const [added, removed] = [change.added.filter(isNews), change.removed.filter(isNews)];
      for (const each of inOrder(added).slice(0, mostAtOnce))
        log[levels[each.severity]](lineOf(each), { diagnostic: diagnosticRecord(each) });
      for (const each of inOrder(added).slice(mostAtOnce)) log.debug(lineOf(each), { diagnostic: diagnosticRecord(each) });
      tellRest(log, added.length);
      for (const each of inOrder(removed).slice(0, mostAtOnce)) log.info(`Settled: ${lineOf(each)}`, { settled: diagnosticRecord(each) });
      tellRest(log, removed.length);
    },
  };
}

function isNews({ code, object }: Diagnostic): boolean {
  return object !== undefined || !saidBySource.has(code);
}

function lineOf(diagnostic: Diagnostic): string {
  const place = placeOf(diagnostic);
  return [...(place === undefined ? [] : [place]), diagnosticLine(diagnostic)].join(' ');
}

function tellRest(log: Log, count: number): void {
  if (count > mostAtOnce) log.warn(`And ${String(count - mostAtOnce)} more; --log debug names them all.`);
}

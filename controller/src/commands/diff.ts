import { compareModels, type Pipeline } from '@signalbox/core';
import type { ListenFlags, ReadingFlags } from '../cli/options.js';
import { differenceOf, differenceRecord } from '../diff/difference.js';
import { readable } from '../diff/readable.js';
import { distinctPorts, type ListenChoices, listenOptions, portsByFlag } from '../listen.js';
import { diagnosticLine, inOrder, placeOf } from '../logging/diagnostic-line.js';
import { printable } from '../logging/printable.js';
import { readingOptions, settingsOf } from '../manifest-options.js';
import { computeOnce, unresolvedNames } from '../one-shot.js';
import { ownPorts } from '../own-listeners.js';
import { placeholderCertificate } from '../placeholder-certificate.js';

export interface DiffFlags extends ReadingFlags, ListenFlags {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly json?: boolean;
  readonly resolveNames?: boolean;
}

/** Prints what would be done to a HAProxy that runs the manifests of `from`, so that it runs those of `to`. */
export async function diff(flags: DiffFlags): Promise<number> {
  const listen = listenOptions(flags);
  distinctPorts(portsByFlag(listen));
  const from = await computed(flags.from, flags, listen);
  const to = await computed(flags.to, flags, listen);
  const difference = differenceOf(compareModels(from.model, to.model));
  tellWhatIsWrong([from, to]);
  process.stdout.write(flags.json === true ? `${JSON.stringify(differenceRecord(difference), undefined, 2)}\n` : readable(difference));
  return 0;
}

/** With everything but the manifests the same for both, so that nothing else differs. */
async function computed(files: readonly string[], flags: DiffFlags, listen: ListenChoices): Promise<Pipeline> {
  const manifests = { ...flags, files };
  const settings = settingsOf(manifests, listen, placeholderCertificate, { addresses: [], ports: ownPorts(listen) });
  return computeOnce(readingOptions(manifests, false), settings, flags.resolveNames === true);
}

/** What is an error has no effect, and so no difference. */
function tellWhatIsWrong(pipelines: readonly Pipeline[]): void {
  const errors = inOrder(pipelines.flatMap((pipeline) => pipeline.diagnostics()).filter(({ severity }) => severity === 'error'));
  for (const each of errors) say([placeOf(each) ?? '-', each.severity, diagnosticLine(each)].join(' '));
  const names = [...new Set(pipelines.flatMap(unresolvedNames))].sort();
  if (names.length > 0) say(`Not looked up: ${names.join(', ')}. With --resolve-names these Services get servers.`);
}

function say(message: string): void {
  process.stderr.write(`${printable(message)}\n`);
}

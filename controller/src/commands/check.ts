import type { Diagnostic, Pipeline } from '@signalbox/core';
import type { ManifestFlags } from '../cli/options.js';
import { CommandError } from '../command-error.js';
import { diagnosticLine, diagnosticRecord, inOrder, placeOf } from '../logging/diagnostic-line.js';
import { messageOf, printable } from '../logging/printable.js';
import { missingConfigMaps, readingOptions, settingsOf } from '../manifest-options.js';
import { computeOnce } from '../one-shot.js';
import { placeholderCertificate } from '../placeholder-certificate.js';
import { painter } from '../cli/painter.js';

export interface CheckFlags extends ManifestFlags {
  readonly json?: boolean;
  readonly resolveNames?: boolean;
}

/** Exit code where the manifests could not be checked at all, so that nobody takes that for a finding. */
export const notChecked = 2;

/** Prints what is wrong with the manifests, as far as HAProxy need not be asked. */
export async function check(flags: CheckFlags): Promise<number> {
  const pipeline = await computed(flags);
  for (const message of missingConfigMaps(flags, pipeline)) process.stderr.write(`${message}\n`);
  return tellFindings(pipeline.diagnostics(), flags.json);
}

/** Prints what was found. Returns the exit code that says whether some of it is an error. */
export function tellFindings(found: readonly Diagnostic[], asJson: boolean = false): number {
  const diagnostics = inOrder(found);
  process.stdout.write(asJson ? `${JSON.stringify(diagnostics.map(diagnosticRecord), undefined, 2)}\n` : readable(diagnostics));
  return diagnostics.some(({ severity }) => severity === 'error') ? 1 : 0;
}

async function computed(flags: CheckFlags): Promise<Pipeline> {
  try {
    return await computeOnce(readingOptions(flags, false), settingsOf(flags, {}, placeholderCertificate), flags.resolveNames === true);
  } catch (cause) {
    throw new CommandError(messageOf(cause), { exitCode: notChecked, cause });
  }
}

/** Grouped by file, with a line that sums up. */
function readable(diagnostics: readonly Diagnostic[]): string {
  const paint = painter(process.stdout);
  const severities = { error: paint.red('error'), warning: paint.yellow('warning'), info: paint.blue('info') };
  const groups = Map.groupBy(diagnostics, ({ source }) => source?.file ?? '');
  const blocks = [...groups.values()].map((group) =>
    group
      .map((each) => `${paint.dim(printable(placeOf(each) ?? '-'))} ${severities[each.severity]} ${printable(diagnosticLine(each))}\n`)
      .join(''),
  );
  const count = (severity: Diagnostic['severity']): number => diagnostics.filter((each) => each.severity === severity).length;
  const sum = `${many(count('error'), 'error')}, ${many(count('warning'), 'warning')}, ${String(count('info'))} for information`;
  return [...blocks, diagnostics.length === 0 ? 'All is well.\n' : `${sum}\n`].join('\n');
}

function many(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

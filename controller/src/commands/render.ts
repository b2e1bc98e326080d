import { resolve } from 'node:path';
import { type ListenOptions, renderConfiguration } from '@signalbox/core';
import type { ListenFlags, ManifestFlags } from '../cli/options.js';
import { distinctPorts, listenOptions, portsByFlag } from '../listen.js';
import { diagnosticLine, inOrder, placeOf } from '../logging/diagnostic-line.js';
import { printable } from '../logging/printable.js';
import { readingOptions, settingsOf } from '../manifest-options.js';
import { computeOnce, unresolvedNames } from '../one-shot.js';
import { ownPorts } from '../own-listeners.js';
import { placeholderCertificate } from '../placeholder-certificate.js';
import { RenderedFolder } from '../rendered-folder.js';

export interface RenderFlags extends ManifestFlags, ListenFlags {
  readonly out: string;
  readonly runtimeDir?: string;
  readonly resolveNames?: boolean;
}

/** Writes the configuration for the manifests into a folder. */
export async function render(flags: RenderFlags): Promise<number> {
  const listen = { ...listenOptions(flags), ...filesIn(flags.runtimeDir) };
  distinctPorts(portsByFlag(listen));
  const pipeline = await computeOnce(
    readingOptions(flags, false),
    settingsOf(flags, listen, placeholderCertificate, { addresses: [], ports: ownPorts(listen) }),
    flags.resolveNames === true,
  );
  const files = renderConfiguration(pipeline.model);
  await new RenderedFolder(flags.out).write(files);
  for (const each of inOrder(pipeline.diagnostics())) say([placeOf(each) ?? '-', each.severity, diagnosticLine(each)].join(' '));
  const names = unresolvedNames(pipeline);
  if (names.length > 0) say(`Not looked up: ${names.join(', ')}. With --resolve-names these Services get servers.`);
  return 0;
}

/** Without a folder HAProxy has neither, so that the configuration is good on any machine. */
function filesIn(runtimeDir: string | undefined): Pick<ListenOptions, 'statsSocket' | 'serverStateFile'> {
  if (runtimeDir === undefined) return { statsSocket: '', serverStateFile: '' };
  return { statsSocket: resolve(runtimeDir, 'haproxy.sock'), serverStateFile: resolve(runtimeDir, 'server-state') };
}

function say(message: string): void {
  process.stderr.write(`${printable(message)}\n`);
}

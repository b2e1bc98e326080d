import { evaluate } from '@signalbox/core';
import type { ListenFlags, ManifestFlags } from '../cli/options.js';
import { askedRequest, type RequestFlags } from '../explain/asked-request.js';
import { explanationOf } from '../explain/explanation.js';
import { readable } from '../explain/readable.js';
import { listenOptions } from '../listen.js';
import { inOrder } from '../logging/diagnostic-line.js';
import { readingOptions, settingsOf } from '../manifest-options.js';
import { computeOnce } from '../one-shot.js';
import { placeholderCertificate } from '../placeholder-certificate.js';

export interface ExplainFlags extends ManifestFlags, ListenFlags, RequestFlags {
  readonly json?: boolean;
  readonly resolveNames?: boolean;
}

/** Prints what becomes of a request, and why. */
export async function explain(method: string, url: string, flags: ExplainFlags): Promise<number> {
  const request = askedRequest(method, url, flags);
  const settings = settingsOf(flags, listenOptions(flags), placeholderCertificate);
  const pipeline = await computeOnce(readingOptions(flags, false), settings, flags.resolveNames === true);
  const explanation = explanationOf(request, evaluate(pipeline.routing, request), inOrder(pipeline.diagnostics()));
  process.stdout.write(flags.json === true ? `${JSON.stringify(explanation, undefined, 2)}\n` : readable(explanation));
  return 0;
}

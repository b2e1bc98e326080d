import type { Diagnostic } from '../resource/diagnostic.js';
import { refusalSentence } from '../target/refusal-words.js';
import type { ConfigurationRefusal } from '../target/target.js';

/** What operators are told of a refusal for which nobody could be blamed. */
export function unexplained({ isProven, complaints }: ConfigurationRefusal): readonly Diagnostic[] {
  return complaints.map(({ text, origins: [origin] }) => ({
    severity: 'error',
    code: 'HAPROXY_REFUSED',
    ...(origin && isProven && { object: origin.object }),
    ...(origin?.field !== undefined && isProven && { field: origin.field }),
    message: `HAProxy refuses the configuration. ${refusalSentence(text)} What served before goes on serving${isProven ? '' : '; that does not pass the check any more either, so the cause may lie outside of it'}.`,
  }));
}

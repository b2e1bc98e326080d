import type { Origin } from '../resource/origin.js';
import { type Directive, haproxy } from './emitter/index.js';
import type { OwnedDirective } from './rows.js';

export function owned(directive: Directive, origin: Origin | undefined): OwnedDirective {
  return origin === undefined ? { directive } : { directive, origin };
}

/** Directives that nobody else says. */
export function ours(...directives: readonly Directive[]): OwnedDirective[] {
  return directives.map((directive) => ({ directive }));
}

/** Answers 503 to every request. With a condition: HAProxy warns of rules behind one that has none. */
export function refusing(origin: Origin | undefined): OwnedDirective {
  return owned(haproxy`http-request deny deny_status 503 if TRUE`, origin);
}

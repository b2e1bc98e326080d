import { type Diagnostic, formatRef, type ObjectRef, quote, type ResourceKind, type ResourceWriter } from '@signalbox/core';
import type { ApiFailure } from './api-failure.js';
import type { KubernetesLogger } from './options.js';
import { resourceName, type Scope } from './scopes.js';

/**
 * What is wrong between the source and the API server: each thing is said once when it begins and once when it is over, to the log and,
 * while it lasts, as a diagnostic.
 */
export class Troubles {
  readonly #server: () => string;
  readonly #into: ResourceWriter;
  readonly #logger: KubernetesLogger;
  readonly #lasting = new Map<string, Diagnostic>();
  /** Those who get no answer now. */
  readonly #unanswered = new Set<object>();
  #isAway = false;
  #awaySinceMs = 0;

  constructor(server: () => string, into: ResourceWriter, logger: KubernetesLogger) {
    this.#server = server;
    this.#into = into;
    this.#logger = logger;
  }

  /** `who` has asked in vain more than once. */
  away(who: object, { status, message }: ApiFailure): void {
    this.#unanswered.add(who);
    if (this.#isAway) return;
    this.#isAway = true;
    this.#awaySinceMs = performance.now();
    const server = quote(this.#server());
    const text =
      status === 401
        ? `The API server ${server} does not accept the credentials: ${message}. Expected is a token or certificate that is valid. What is known stays in use; they are read and tried again every few seconds.`
        : `The API server ${server} cannot be asked: ${message}. What is known stays in use; it is tried again every few seconds.`;
    this.#begin('server', { severity: 'warning', code: 'API_SERVER_UNREACHABLE', message: text });
  }

  /** `who` has got an answer. */
  answered(who: object): void {
    const seconds = Math.round((performance.now() - this.#awaySinceMs) / 1000);
    if (this.#isLast(who)) this.#end('server', `The API server ${quote(this.#server())} answers again, after ${String(seconds)} s.`);
  }

  /** `who` asks no more, nor for what was wrong with a list. */
  leave(who: object, scope?: Scope): void {
    if (this.#isLast(who)) this.#end('server');
    if (scope === undefined) return;
    for (const key of [forbiddenKey('list', scope), forbiddenKey('watch', scope), missingKey(scope.kind), namelessKey(scope)])
      this.#end(key);
  }

  /** Whether everybody else has got an answer since the server was away. */
  #isLast(who: object): boolean {
    this.#unanswered.delete(who);
    if (!this.#isAway || this.#unanswered.size > 0) return false;
    this.#isAway = false;
    return true;
  }

  /** Something is not allowed. */
  forbidden(verb: string, scope: Scope, { message }: ApiFailure): void {
    const text = `Signalbox may not ${verb} ${placeOf(scope)}: ${message}. Expected is a role that allows it to the account that Signalbox has; until then what is known stays in use. It is tried again from time to time.`;
    this.#begin(forbiddenKey(verb, scope), { severity: 'error', code: 'API_ACCESS_FORBIDDEN', message: text });
  }

  allowed(verb: string, scope: Scope): void {
    this.#end(forbiddenKey(verb, scope), `Signalbox may ${verb} ${placeOf(scope)} now.`);
  }

  /** One object is not given. */
  unreadable(object: ObjectRef, { status, message }: ApiFailure): void {
    const text = `${formatRef(object)} is referred to, and the API server does not give it: ${message}. Expected is that Signalbox may get it. It is tried again from time to time; until then its last state counts.`;
    const code = status === 403 ? 'API_ACCESS_FORBIDDEN' : 'API_SERVER_UNREACHABLE';
    this.#begin(unreadableKey(object), { severity: 'error', code, object, message: text });
  }

  readable(object: ObjectRef): void {
    this.#end(unreadableKey(object));
  }

  /** A kind that each cluster should have is not there. */
  missing(kind: ResourceKind): void {
    const { version } = kind;
    const message = `The API server ${quote(this.#server())} does not know ${resourceName(kind)} in version ${version}. Expected is a Kubernetes that has them; serving waits for them. It is asked again from time to time.`;
    this.#begin(missingKey(kind), { severity: 'error', code: 'API_KIND_MISSING', message });
  }

  found(kind: ResourceKind): void {
    this.#end(missingKey(kind), `The API server knows ${resourceName(kind)} now.`);
  }

  /** Objects came without the names that tell them apart. Stays until the next full list is better. */
  nameless(scope: Scope): void {
    const message = `One of ${placeOf(scope)} has no name, as no API server should send it. It is passed over.`;
    this.#begin(namelessKey(scope), { severity: 'error', code: 'OBJECT_INVALID', message });
  }

  named(scope: Scope): void {
    this.#end(namelessKey(scope));
  }

  #begin(key: string, diagnostic: Diagnostic): void {
    if (this.#lasting.has(key)) return;
    this.#lasting.set(key, diagnostic);
    this.#logger.warn(diagnostic.message);
    this.#report();
  }

  #end(key: string, message?: string): void {
    if (!this.#lasting.delete(key)) return;
    if (message !== undefined) this.#logger.info(message);
    this.#report();
  }

  #report(): void {
    const keys = [...this.#lasting.keys()].sort();
    this.#into.report(keys.flatMap((key) => this.#lasting.get(key) ?? []));
  }
}

function forbiddenKey(verb: string, scope: Scope): string {
  return ['forbidden', verb, placeOf(scope)].join(' ');
}

function missingKey(kind: ResourceKind): string {
  return ['missing', resourceName(kind)].join(' ');
}

function namelessKey(scope: Scope): string {
  return ['nameless', placeOf(scope)].join(' ');
}

function unreadableKey(object: ObjectRef): string {
  return ['unreadable', formatRef(object)].join(' ');
}

/** `ingresses.networking.k8s.io in all namespaces`. */
function placeOf({ kind, namespace }: Scope): string {
  const where = namespace !== undefined ? ['in namespace', namespace] : kind.namespaced ? ['in all namespaces'] : [];
  return [resourceName(kind), ...where].join(' ');
}

import { checkedEntries } from '../annotation/check-said.js';
import { errorResponseProblem, errorStatuses } from '../haproxy/error-response.js';
import { patternNameProblem } from '../haproxy/pattern-file.js';
import { type Diagnostic, quote } from '../resource/diagnostic.js';
import type { BackendRef, HostPattern, PathMatch } from './model.js';
import type { CertificateDraft, ErrorFileDraft, PatternFileDraft, RouteDraft, StreamDraft } from './translator.js';

/**
 * What translators say is copied field by field, and refused where no route could be made of it: nonsense, and data that changes later,
 * would otherwise come out far from whoever said it.
 */
export function checkedRoute({ host, path, backend, tls, field }: RouteDraft): RouteDraft {
  demand(isHost(host), 'host', 'a host in lower case, one after "*.", or nothing for any host', host);
  demand(typeof tls === 'boolean', 'tls', 'true or false', tls);
  return { host, path: checkedPath(path), backend: checkedBackend(backend), tls, field: checkedText('field', field) };
}

export function checkedStream({ port, backend, tls = false, field }: StreamDraft): StreamDraft & { readonly tls: boolean } {
  demand(Number.isInteger(port) && port > 0 && port < 65_536, 'port', 'a number from 1 to 65535', port);
  demand(typeof tls === 'boolean', 'tls', 'true or false', tls);
  return { port, backend: checkedBackend(backend), tls, field: checkedText('field', field) };
}

export function checkedBackend({ namespace, service, port, field }: BackendRef): BackendRef {
  const isPort = port === undefined || typeof port === 'string' || (Number.isInteger(port) && port > 0 && port < 65_536);
  demand(isPort, 'backend.port', 'the number or the name of a port', port);
  return {
    namespace: checkedText('backend.namespace', namespace),
    service: checkedText('backend.service', service),
    ...(port !== undefined && { port }),
    ...(field !== undefined && { field: checkedText('backend.field', field) }),
  };
}

export function checkedCertificate({ names, secret, field }: CertificateDraft): CertificateDraft {
  demand(Array.isArray(names) && names.every((name) => name !== '' && isHost(name)), 'names', 'a list of hosts', names);
  return { names: [...(names as readonly string[])], secret: checkedText('secret', secret), field: checkedText('field', field) };
}

export function checkedErrorFile({ status, response, field }: ErrorFileDraft): ErrorFileDraft {
  demand(errorStatuses.includes(status), 'status', `one of ${errorStatuses.join(', ')}`, status);
  const problem = errorResponseProblem(checkedText('response', response));
  demand(problem === undefined, 'response', problem ?? '', response);
  return { status, response, field: checkedText('field', field) };
}

export function checkedPatternFile({ name, patterns, field }: PatternFileDraft): PatternFileDraft {
  const problem = patternNameProblem(checkedText('name', name));
  demand(problem === undefined, 'name', problem ?? '', name);
  return { name, patterns: checkedEntries(patterns), field: checkedText('field', field) };
}

const severities: readonly unknown[] = ['error', 'warning', 'info'] satisfies Diagnostic['severity'][];

export function checkedReport({
  severity,
  code,
  field,
  message,
}: Omit<Diagnostic, 'object' | 'source'>): Omit<Diagnostic, 'object' | 'source'> {
  demand(severities.includes(severity), 'severity', 'error, warning or info', severity);
  return {
    severity,
    code: checkedText('code', code),
    ...(field !== undefined && { field: checkedText('field', field) }),
    message: checkedText('message', message),
  };
}

function checkedPath({ type, value }: PathMatch): PathMatch {
  demand(['exact', 'prefix', 'text'].includes(type), 'path.type', 'exact, prefix or text', type);
  demand(typeof value === 'string' && value.startsWith('/'), 'path.value', 'text that begins with "/"', value);
  return { type, value };
}

function checkedText(name: string, value: unknown): string {
  demand(typeof value === 'string', name, 'text', value);
  return value;
}

/** Blanks, slashes and stars in it would make two claims look like one. */
function isHost(value: unknown): value is HostPattern {
  return typeof value === 'string' && /^(?:|(?:\*\.)?[^\s/*]+)$/.test(value) && value === value.toLowerCase();
}

function demand(isMet: boolean, name: string, expected: string, found: unknown): asserts isMet {
  if (isMet) return;
  throw new TypeError(`expected ${name}: ${expected}; found ${typeof found === 'string' ? quote(found) : typeof found}`);
}

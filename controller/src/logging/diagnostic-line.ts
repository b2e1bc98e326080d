import { type Diagnostic, formatRef } from '@signalbox/core';
import { printable } from './printable.js';

/** `CODE Ingress default/web spec.rules[0].host: message`, without place and severity. */
export function diagnosticLine({ code, object, field, message }: Diagnostic): string {
  const what = [code, ...(object === undefined ? [] : [formatRef(object)]), ...(field === undefined ? [] : [field])].join(' ');
  return `${what}: ${message}`;
}

/** `file:line:column`, if the place is known. */
export function placeOf({ source }: Diagnostic): string | undefined {
  return source === undefined ? undefined : `${source.file}:${String(source.line)}:${String(source.column)}`;
}

/** As machines are told: `check --json` and the log in JSON. */
export interface DiagnosticRecord {
  readonly severity: Diagnostic['severity'];
  readonly code: string;
  readonly object: string | null;
  readonly field: string | null;
  readonly message: string;
  readonly source?: Diagnostic['source'];
}

export function diagnosticRecord({ severity, code, object, field, message, source }: Diagnostic): DiagnosticRecord {
  return {
    severity,
    code,
    object: object === undefined ? null : printable(formatRef(object)),
    field: field === undefined ? null : printable(field),
    message: printable(message),
    ...(source && { source: { ...source, file: printable(source.file) } }),
  };
}

/** By place, then by object: an order that depends on nothing but the diagnostics. Each is there once. */
export function inOrder(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const keyed = diagnostics.map((each): readonly [string, Diagnostic] => [sortKey(each), each]);
  return [...new Map(keyed).entries()].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, each]) => each);
}

function sortKey({ source, object, field, code, severity, message }: Diagnostic): string {
  const number = (value: number | undefined): string => String(value ?? 0).padStart(9, '0');
  return JSON.stringify([
    source?.file ?? '',
    number(source?.line),
    number(source?.column),
    object === undefined ? '' : formatRef(object),
    field ?? '',
    code,
    severity,
    message,
  ]);
}

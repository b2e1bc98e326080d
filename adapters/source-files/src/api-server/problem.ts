import { type Diagnostic, type ObjectRef, quote } from '@signalbox/core';
import * as v from 'valibot';
import type { Shape } from './shape.js';

export type FieldPath = readonly (string | number)[];

/** A diagnostic before its place in the file is known. */
export interface Problem {
  readonly severity: Diagnostic['severity'];
  readonly code: string;
  readonly object?: ObjectRef;
  readonly field?: FieldPath;
  readonly message: string;
}

const mostProblems = 10;

/** Tests `value` and tells each failing field: what was found there and what is accepted. */
export function problemsOf(shape: Shape, value: unknown, object: ObjectRef): Problem[] {
  const { issues } = v.safeParse(shape, value);
  if (!issues) return [];
  const problems = issues.slice(0, mostProblems).map((issue) => {
    const field = (issue.path ?? []).map(({ key }) => key as string | number);
    return invalid(
      object,
      field,
      `${found(issue, object, field)}; accepted is ${issue.message}${quotesMissing(issue) ? `: put it in quotes` : ''}`,
    );
  });
  if (issues.length > mostProblems)
    problems.push(invalid(object, [], `${String(issues.length - mostProblems)} more fields are not accepted`));
  return problems;
}

export function invalid(object: ObjectRef, field: FieldPath, message: string): Problem {
  return { severity: 'error', code: 'OBJECT_INVALID', object, field, message };
}

/** `spec.rules[0].host`, `metadata.annotations[haproxy.org/check]`. */
export function formatField(path: FieldPath): string {
  return path.reduce<string>((before, item, index) => {
    if (typeof item === 'number') return `${before}[${String(item)}]`;
    if (!isDataMap(path[index - 1])) return index === 0 ? item : `${before}.${/^\w{1,100}$/.test(item) ? item : quote(item)}`;
    return `${before}[${/^[\w./-]{1,200}$/.test(item) ? item : quote(item)}]`;
  }, '');
}

function isDataMap(key: string | number | undefined): boolean {
  return key === 'annotations' || key === 'labels' || key === 'data' || key === 'stringData' || key === 'binaryData';
}

function found({ input, path }: v.BaseIssue<unknown>, object: ObjectRef, field: FieldPath): string {
  // A rule's issue carries the whole map; what was found is at the end of its path.
  const value = path?.length ? path.at(-1)?.value : input;
  if (value === undefined) return 'is missing';
  return `found ${describe(value, isSecret(object, field))}`;
}

/** Of a Secret only its name, its type and the like may be said. */
function isSecret({ group, kind }: ObjectRef, field: FieldPath): boolean {
  return group === '' && kind === 'Secret' && !(field[0] === 'type' || (field[0] === 'metadata' && field[1] !== 'annotations'));
}

function describe(value: unknown, secret: boolean): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map';
  const type = typeof value === 'string' ? '' : `the ${typeof value} `;
  if (secret) return `${type}[redacted]`;
  return typeof value === 'string' ? quote(value) : `${type}${JSON.stringify(value)}`;
}

function quotesMissing({ path, input, message }: v.BaseIssue<unknown>): boolean {
  const value = path?.length ? path.at(-1)?.value : input;
  return (typeof value === 'boolean' || typeof value === 'number') && message.startsWith('text');
}

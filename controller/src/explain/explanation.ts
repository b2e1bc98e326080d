import {
  type Candidate,
  type DecidedRule,
  type Decision,
  type Diagnostic,
  formatRef,
  type HeldSetting,
  type ObjectRef,
  type Origin,
  type SaidValue,
} from '@signalbox/core';
import { type DiagnosticRecord, diagnosticRecord } from '../logging/diagnostic-line.js';
import type { AskedRequest } from './asked-request.js';

/** A decision as `explain --json` prints it. Objects are written `Ingress default/web`. */
export interface Explanation {
  readonly request: { readonly method: string; readonly url: string; readonly host: string; readonly path: string };
  readonly listener: Decision['listener'];
  /** The host pattern that takes the request: `*` for any host, `null` where none does. */
  readonly host: string | null;
  readonly route: RouteRecord | null;
  readonly pool: { readonly name: string; readonly service: string; readonly port: string; readonly servers: readonly string[] } | null;
  /** `null` where the route has no rules. */
  readonly ruleSet: string | null;
  readonly settings: readonly SettingRecord[];
  readonly rules: readonly RuleRecord[];
  readonly candidates: readonly (RouteRecord & { readonly because: string })[];
  readonly answer: Decision['answer'];
  /** Errors of the objects that have to do with it. */
  readonly diagnostics: readonly DiagnosticRecord[];
}

export interface RouteRecord {
  readonly host: string;
  readonly path: string | null;
  readonly type: 'exact' | 'prefix' | 'text' | 'default';
  readonly object: string;
  readonly field: string | null;
}

export interface ValueRecord {
  readonly value: string;
  readonly origin: { readonly scope: SaidValue['origin']['scope']; readonly object?: string; readonly field?: string };
}

export interface SettingRecord extends ValueRecord {
  readonly key: string;
  readonly on: HeldSetting['on'];
  readonly closes: boolean;
  readonly lost: readonly (ValueRecord & { readonly because: string })[];
}

export interface RuleRecord extends Omit<DecidedRule, 'origin'> {
  readonly origin: { readonly object: string; readonly field?: string } | null;
}

export function explanationOf({ method, url }: AskedRequest, decision: Decision, diagnostics: readonly Diagnostic[]): Explanation {
  const { host, path, listener, pattern, route, destination, settings, rules, candidates, answer } = decision;
  return {
    request: { method, url, host, path },
    listener,
    host: pattern === undefined ? null : pattern || '*',
    route: route === undefined ? null : routeRecord(route),
    pool: destination === undefined ? null : poolRecord(destination),
    ruleSet: destination?.ruleSet || null,
    settings: settings.map(settingRecord),
    rules: rules.map(({ origin, ...rule }) => ({ ...rule, origin: origin === undefined ? null : placeRecord(origin) })),
    candidates: candidates.map((candidate) => ({ ...routeRecord(candidate.route), because: candidate.because })),
    answer,
    diagnostics: concerning(decision, diagnostics).map(diagnosticRecord),
  };
}

function routeRecord({ host, path, origin }: Candidate['route']): RouteRecord {
  const match = path === 'default' ? { path: null, type: path } : { path: path.value, type: path.type };
  return { host: host || '*', ...match, object: formatRef(origin.object), field: origin.field ?? null };
}

function poolRecord({ pool, service, port, servers }: NonNullable<Decision['destination']>): Explanation['pool'] {
  return { name: pool, service, port, servers };
}

function settingRecord({ key, on, lost, closes, ...said }: HeldSetting): SettingRecord {
  return {
    key,
    ...valueRecord(said),
    on,
    closes: closes === true,
    lost: lost.map(({ because, ...each }) => ({ ...valueRecord(each), because })),
  };
}

function valueRecord({ value, origin: { scope, object, field } }: SaidValue): ValueRecord {
  return { value, origin: { scope, ...(object && { object: formatRef(object) }), ...(field !== undefined && { field }) } };
}

function placeRecord({ object, field }: Origin): NonNullable<RuleRecord['origin']> {
  return { object: formatRef(object), ...(field !== undefined && { field }) };
}

/** What is wrong with the objects that decide, or that might have been meant. */
function concerning({ route, destination, settings, candidates }: Decision, diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const objects = [route, ...candidates.map((each) => each.route)].flatMap((each) => (each === undefined ? [] : [each.origin.object]));
  const said = settings.flatMap(({ origin, lost }) => [origin, ...lost.map((each) => each.origin)].flatMap(({ object }) => object ?? []));
  const names = new Set([...objects, ...said].map((object: ObjectRef) => formatRef(object)));
  if (destination !== undefined) names.add(`Service ${destination.service}`);
  return diagnostics.filter(({ severity, object }) => severity === 'error' && object !== undefined && names.has(formatRef(object)));
}

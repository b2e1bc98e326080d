import { painter } from '../cli/painter.js';
import { printable } from '../logging/printable.js';
import type { Explanation, RouteRecord, RuleRecord, SettingRecord, ValueRecord } from './explanation.js';

/** Most lines of one kind; `--json` has all. */
const mostLines = 10;

/** For people: how it ends and why in one line, then what led there, then what did not. */
export function readable(explanation: Explanation): string {
  const { settings, rules, candidates, diagnostics } = explanation;
  const said = settings.filter(({ origin, lost }) => origin.scope !== 'default' || lost.length > 0);
  const blocks = [
    [verdictMessage(explanation)],
    aligned(wayOf(explanation)),
    block('Settings, and where they come from', aligned(said.flatMap(settingRows))),
    block('Rules, in order', aligned(rules.map(ruleRow))),
    block('Not taken', aligned(cut(candidates.map(candidateRow)))),
    block('Wrong with these objects', diagnostics.map(diagnosticMessage)),
    block(
      'Defaults that hold',
      [defaultsMessage(settings)].filter((line) => line !== ''),
    ),
  ];
  const paint = painter(process.stdout);
  const [verdict = '', ...rest] = blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => printable(line)).join('\n'));
  return `${[paint.bold(verdict), ...rest].join('\n\n')}\n`;
}

function verdictMessage(explanation: Explanation): string {
  const { request, route, answer, rules } = explanation;
  const what = `${request.method} ${request.url}`;
  const unless = exceptionsMessage(rules);
  if (answer.kind === 'none') return `${what} reaches nobody: ${answer.because}.`;
  if (answer.kind === 'forward') return `${what} goes to ${answer.pool}: ${route === null ? '' : reasonMessage(route)}.${unless}`;
  const location = answer.location === undefined ? '' : ` to ${answer.location}`;
  return `${what} is answered ${String(answer.status)}${location}: ${answer.because}.${unless}`;
}

/** What may answer before, by something that the request alone does not tell. */
function exceptionsMessage(rules: readonly RuleRecord[]): string {
  const answering = rules.filter(({ answer }) => answer !== undefined);
  const certain = answering.findIndex(({ applies }) => applies === true);
  const before = answering.slice(0, certain < 0 ? undefined : certain).filter(({ applies }) => applies === 'depends');
  return before.map(({ on, answer }) => ` It is answered ${String(answer?.status)} instead depending on ${on ?? 'more'}.`).join('');
}

function reasonMessage({ object, type, path, host }: RouteRecord): string {
  if (type === 'default') return `no route takes it, and ${object} has the default backend`;
  return `${object} has ${type === 'exact' ? 'the path' : 'the longest prefix'} ${path ?? ''} of host ${host}`;
}

type Row = readonly string[];

function wayOf({ request, listener, host, route, pool, ruleSet }: Explanation): Row[] {
  return [
    ['Listener', `${listener.name}, port ${String(listener.port)}`],
    ['Host', `${request.host || 'none'}: ${host === null ? 'no rule is for it' : hostMessage(host, request.host)}`],
    ['Path', request.path],
    ...(route === null ? [] : [['Route', `${matchMessage(route)}, by ${placeMessage(route)}`]]),
    ...(pool === null
      ? []
      : [['Pool', `${pool.name}, for ${pool.service === '' ? 'no Service' : `Service ${pool.service}`} port ${pool.port}`]]),
    ...(pool === null ? [] : [['Servers', serversMessage(pool.servers)]]),
    ...(ruleSet === null ? [] : [['Rule set', ruleSet]]),
  ];
}

function hostMessage(pattern: string, host: string): string {
  if (pattern === host) return 'named exactly';
  return pattern === '*' ? 'taken by rules without a host' : `taken by ${pattern}`;
}

function matchMessage({ host, path, type }: RouteRecord): string {
  return type === 'default' ? 'default backend' : `${host} ${type} ${path ?? ''}`;
}

function placeMessage({ object, field }: { readonly object?: string; readonly field?: string | null }): string {
  return [object ?? '', field ?? ''].filter((part) => part !== '').join(' ');
}

function serversMessage(servers: readonly string[]): string {
  const [shown, more] = [servers.slice(0, mostLines), servers.length - mostLines];
  return servers.length === 0 ? 'none' : [...shown, ...(more > 0 ? [`… ${String(more)} more`] : [])].join(', ');
}

function settingRows({ key, lost, closes, ...held }: SettingRecord): Row[] {
  const losers = lost.map((each): Row => ['', each.value, `${originMessage(each)}: lost, ${each.because}`]);
  return [[key, held.value, `${originMessage(held)}${closes ? ': cannot be used, and closes the route' : ''}`], ...losers];
}

function originMessage({ origin }: ValueRecord): string {
  return origin.scope === 'default' ? 'default' : `${origin.scope}: ${placeMessage(origin)}`;
}

function ruleRow({ text, applies, on, origin }: RuleRecord): Row {
  const outcome = applies === 'depends' ? `depends on ${on ?? 'more'}` : applies ? 'applies' : 'does not apply';
  return [outcome, text, origin === null ? '' : placeMessage(origin)];
}

function candidateRow({ because, ...route }: Explanation['candidates'][number]): Row {
  return [matchMessage(route), placeMessage(route), because];
}

function diagnosticMessage({ code, object, field, message }: Explanation['diagnostics'][number]): string {
  return `${[code, object, field].filter((part) => part !== null).join(' ')}: ${message}`;
}

function defaultsMessage(settings: readonly SettingRecord[]): string {
  return settings
    .filter(({ origin, lost }) => origin.scope === 'default' && lost.length === 0)
    .map(({ key, value }) => `${key} ${value}`)
    .join(', ');
}

function block(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function cut(rows: readonly Row[]): readonly Row[] {
  const more = rows.length - mostLines;
  return more <= 0 ? rows : [...rows.slice(0, mostLines), [`… ${String(more)} more, with --json`]];
}

/** Columns as wide as what stands in them; the last is left as it is. Cells are cut where they are very long. */
function aligned(rows: readonly Row[]): readonly string[] {
  const cells = rows.map((row) => row.map((cell) => printable(cell, 200)));
  const widths = [0, 1, 2].map((at) =>
    Math.min(60, Math.max(0, ...cells.map((row) => (at < row.length - 1 ? (row[at] ?? '').length : 0)))),
  );
  return cells.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

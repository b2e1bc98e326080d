import { type HaproxyRow, type OwnedDirective, renderDirective, type ServerRow, type Step } from '@signalbox/core';

/** Of a section so many lines are shown. */
const mostLines = 6;
const longestLine = 160;

/** What a step is about, and from what to what where that is short: `server 10.1.0.7:8000 of default_svc_app_80, weight 1 → 5`. */
export function whatOf({ before, after }: Step): string {
  const row = after ?? before;
  if (row === undefined) return 'nothing';
  const was = before === row ? undefined : before;
  switch (row.type) {
    case 'server':
      return [['server', row.name, 'of', row.backend].join(' '), ...serverChanges(was, row)].join(', ');
    case 'map':
      return ['map row', row.map, `${row.key}:`, ...fromTo(was?.type === 'map' ? was.value : undefined, row.value)].join(' ');
    case 'crt':
      return [
        'certificate name',
        `${row.name ?? '(default)'}:`,
        ...fromTo(was?.type === 'crt' ? was.certificate : undefined, row.certificate),
      ].join(' ');
    case 'certificate':
      return ['certificate', row.file].join(' ');
    case 'list': {
      const entries = fromTo(was?.type === 'list' ? String(was.entries.length) : undefined, String(row.entries.length));
      return ['list', `${row.file}:`, ...entries, row.entries.length === 1 ? 'entry' : 'entries'].join(' ');
    }
    case 'file':
      return ['file', row.file].join(' ');
    case 'section':
      return [row.kind, ...(row.name === undefined ? [] : [row.name])].join(' ');
  }
}

/** The lines of a section that came and went. What holds a secret is not shown. */
export function detailsOf({ before, after }: Step): readonly string[] {
  if (after?.type !== 'section' || before?.type !== 'section') return [];
  const [was, is] = [before, after].map(({ directives }) => directives.map(lineOf));
  const changed = [...linesBut(was, is).map((line) => `- ${line}`), ...linesBut(is, was).map((line) => `+ ${line}`)];
  const lines = [...(before.from === after.from ? [] : [`from ${before.from ?? 'none'} → ${after.from ?? 'none'}`]), ...changed];
  if (lines.length === 0) return ['its lines stand in another order, or a secret in them is another one'];
  const rest = lines.length - mostLines;
  return rest <= 0 ? lines : [...lines.slice(0, mostLines), `… ${String(rest)} more`];
}

function lineOf({ directive }: OwnedDirective): string {
  if (directive.secret === true) return [directive.words[0] ?? '', '[redacted]'].join(' ');
  const line = renderDirective(directive);
  return line.length > longestLine ? `${line.slice(0, longestLine)}…` : line;
}

function linesBut(lines: readonly string[] = [], others: readonly string[] = []): readonly string[] {
  const known = new Set(others);
  return lines.filter((line) => !known.has(line));
}

function serverChanges(before: HaproxyRow | undefined, { address, port, weight, maxconn }: ServerRow): readonly string[] {
  if (before?.type !== 'server') return [];
  return [
    ...changeOf('address', `${before.address} port ${String(before.port)}`, `${address} port ${String(port)}`),
    ...changeOf('weight', String(before.weight ?? 'default'), String(weight ?? 'default')),
    ...changeOf('maxconn', String(before.maxconn ?? 'default'), String(maxconn ?? 'default')),
  ];
}

function changeOf(what: string, from: string, to: string): readonly string[] {
  return from === to ? [] : [[what, ...fromTo(from, to)].join(' ')];
}

function fromTo(from: string | undefined, to: string): readonly string[] {
  return from === undefined || from === to ? [to] : [from, '→', to];
}

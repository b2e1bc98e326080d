import { formatRef, type HaproxyRow, type Step } from '@signalbox/core';

/** `2 servers, 1 backend section added; 1 map row removed`. */
export function stepsMessage(steps: readonly Step[]): string {
  if (steps.length === 0) return 'nothing new';
  const done = { add: 'added', change: 'changed', remove: 'removed' } as const;
  const told = (['add', 'change', 'remove'] as const).flatMap((kind) => {
    const counts = new Map<string, number>();
    for (const step of steps) {
      if (step.kind !== kind) continue;
      const name = rowName(step.after ?? step.before);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return counts.size === 0 ? [] : [`${[...counts].map(([name, count]) => many(count, name)).join(', ')} ${done[kind]}`];
  });
  return told.join('; ');
}

const names = {
  server: 'server',
  map: 'map row',
  crt: 'certificate name',
  certificate: 'certificate',
  list: 'pattern list',
  file: 'file',
} as const;

function rowName(row: HaproxyRow | undefined): string {
  if (row === undefined) return 'row';
  return row.type === 'section' ? `${row.kind} section` : names[row.type];
}

/** `1 server`, `2 servers`. */
export function many(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** The objects and fields that the steps are for, each once; cut where there are more than `most`. */
export function placesOf(steps: readonly Step[], most: number): readonly string[] {
  const said = new Set<string>();
  const objects = new Set<string>();
  for (const { reason } of steps) {
    if (reason === undefined) continue;
    const object = formatRef(reason.object);
    said.add([object, ...(reason.field === undefined ? [] : [reason.field])].join(' '));
    // The object alone says nothing where one of its fields is named.
    if (reason.field !== undefined) objects.add(object);
  }
  const all = [...said].filter((each) => !objects.has(each));
  const rest = all.length - most;
  return rest <= 0 ? all : [...all.slice(0, most), `${String(rest)} more`];
}

/** `12 ms`. */
export function ms(duration: number): string {
  return `${duration < 10 ? duration.toFixed(1) : String(Math.round(duration))} ms`;
}

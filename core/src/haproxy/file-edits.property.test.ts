import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editItems, type FileEdit, isItemEdit } from '../target/file-edit.js';
import type { Step } from '../target/plan.js';
import { ConfigFiles } from './config-files.js';
import { haproxy } from './emitter/index.js';
import { type HaproxyRow, rowKey } from './rows.js';

const names = ['a', 'b', 'a:1', 'zz'];
const backend = fc.record({
  type: fc.constant('section' as const),
  kind: fc.constant('backend' as const),
  name: fc.constantFrom(...names),
  from: fc.constantFrom('signalbox', 'signalbox-x'),
  directives: fc.array(fc.constantFrom({ directive: haproxy`option forwardfor` }, { directive: haproxy`http-request deny if TRUE` }), {
    maxLength: 2,
  }),
});
const server = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom('10.0.0.1', '10.0.0.2', 'fd00::1'), fc.constantFrom(80, 8080), fc.option(fc.nat(256)))
  .map(([backend, address, port, weight]): HaproxyRow => {
    const name = `${address}:${port}`;
    return { type: 'server', backend, name, address, port, ...(weight !== null && { weight }) };
  });
const map = fc
  .tuple(fc.constantFrom('host', 'path-exact', 'other'), fc.constantFrom('a.example', 'a.example/', 'b', 'a'), fc.constantFrom('1', '2.x'))
  .map(([map, key, value]): HaproxyRow => ({ type: 'map', map, key, value }));
const crt = fc
  .tuple(fc.constantFrom('certs/a.pem', 'certs/b.pem'), fc.constantFrom('a.example', '*.b.example', 'b.example'))
  .map(([certificate, name]): HaproxyRow => ({ type: 'crt', certificate, name }));
const list = fc
  .tuple(fc.constantFrom('patterns/a.lst', 'patterns/b.lst'), fc.uniqueArray(fc.constantFrom('10.0.0.0/8', '::1', '192.0.2.1')))
  .map(([file, entries]): HaproxyRow => ({ type: 'list', file, entries }));
const row = fc.oneof(backend, server, map, crt, list);

const always: readonly HaproxyRow[] = [
  { type: 'section', kind: 'global', directives: [{ directive: haproxy`stats timeout 1s` }] },
  { type: 'section', kind: 'userlist', name: 'u', directives: [] },
  { type: 'crt', certificate: 'certs/default.pem' },
];

/** Steps of one plan name each row once, and servers only where their backend is. */
function stepsTo(applied: Map<string, HaproxyRow>, wanted: readonly HaproxyRow[]): Step[] {
  const sections = new Set(wanted.flatMap((each) => (each.type === 'section' ? [each.name] : [])));
  const next = new Map(
    [...always, ...wanted].filter((each) => each.type !== 'server' || sections.has(each.backend)).map((each) => [rowKey(each), each]),
  );
  const order = ['list', 'section', 'server', 'crt', 'map'];
  const keys = [...new Set([...applied.keys(), ...next.keys()])];
  const steps = keys.flatMap((key): Step[] => {
    const [before, after] = [applied.get(key), next.get(key)];
    if (JSON.stringify(before) === JSON.stringify(after)) return [];
    const kind = before === undefined ? 'add' : after === undefined ? 'remove' : 'change';
    return [{ kind, key, ...(before && { before }), ...(after && { after }) }];
  });
  const rank = ({ kind, before, after }: Step): number => {
    const at = order.indexOf((after ?? before)?.type ?? '');
    return kind === 'remove' ? 20 - at : at + (kind === 'add' ? 0 : 5);
  };
  return steps.sort((a, b) => rank(a) - rank(b));
}

class Disk {
  readonly files = new Map<string, string>();

  take(edits: readonly FileEdit[]): void {
    for (const edit of edits) {
      if (isItemEdit(edit)) this.files.set(edit.path, editItems(this.files.get(edit.path) ?? '', [edit]));
      else if (edit.file === undefined) this.files.delete(edit.path);
      else this.files.set(edit.path, edit.file.content);
    }
  }
}

describe('edits of files', () => {
  it('lead to what rendering them anew gives', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(fc.constantFrom(1, 3), fc.array(fc.array(row, { maxLength: 14 }), { minLength: 1, maxLength: 6 }), (shards, states) => {
        const files = new ConfigFiles({ shards });
        const disk = new Disk();
        const applied = new Map<string, HaproxyRow>();
        const remember = (steps: readonly Step[]): void => {
          for (const { key, after } of steps) {
            if (after === undefined) applied.delete(key);
            else applied.set(key, after);
          }
        };
        const first = stepsTo(applied, []);
        files.take(first);
        remember(first);
        for (const path of files.paths()) disk.files.set(path, files.render(path)?.content ?? '');
        for (const state of states) {
          const steps = stepsTo(applied, state);
          disk.take(files.edit(steps));
          remember(steps);
          const rendered = new Map(
            [...files.paths()].flatMap((path) => (files.render(path) === undefined ? [] : [[path, files.render(path)?.content]])),
          );
          expect(Object.fromEntries(disk.files)).toEqual(Object.fromEntries(rendered));
        }
      }),
      { numRuns: 600 },
    );
  });

  it('say no more for a large file than for a small one', () => {
    const edits = [10, 10_000].map((size) => {
      const files = new ConfigFiles({ shards: 1 });
      const rows = Array.from({ length: size }, (_, at): HaproxyRow => ({ type: 'map', map: 'host', key: `h${at}.example`, value: 'x' }));
      files.take(rows.map((after) => ({ kind: 'add', key: rowKey(after), after })));
      const after: HaproxyRow = { type: 'map', map: 'host', key: 'new.example', value: 'x' };
      return JSON.stringify(files.edit([{ kind: 'add', key: rowKey(after), after }]));
    });
    expect(edits[0]).toBe(edits[1]);
  });
});

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { mapRow, patternRow } from './map-row.js';
import { haproxy, sample } from './haproxy.js';
import type { Directive } from './directive.js';
import { isRefusal } from './refusal.js';
import { Path } from './path.js';
import { renderSection } from './render-section.js';
import { runtimeCommand, runtimeWord } from './runtime-word.js';
import { anyText, hostile } from './fixtures/hostile.js';
import { LiveHaproxy, findHaproxy } from './fixtures/live-haproxy.js';
import { liveCases, path } from './fixtures/live-cases.js';

// The oracle of the emitter: not "the file is valid", but the literal value coming back over HTTP.

const program = findHaproxy();
if (program === undefined) console.warn('Skipped: no HAProxy was found in $HAPROXY or on the path.');

const seed = Number(process.env['FC_SEED'] ?? 20_260_101);
const strings = [...new Set([...hostile, ...fc.sample(anyText, { numRuns: 400, seed })])];

describe.skipIf(program === undefined)('over HTTP, from a running HAProxy', () => {
  const haproxyProcess = new LiveHaproxy(program ?? '');
  const runtimeMap = new Path(`${haproxyProcess.directory}/runtime.map`);

  const cases = liveCases(haproxyProcess.directory, (text) => strings.indexOf(text));

  /** Which strings each kind of place holds; the others were refused. */
  const held = new Map<string, number[]>(cases.map(({ kind }) => [kind, []]));

  beforeAll(async () => {
    haproxyProcess.write(
      'values.map',
      rows((text, i) => mapRow(`k${i}`, text)),
    );
    haproxyProcess.write('runtime.map', 'none none\n');
    haproxyProcess.write(
      'keys.map',
      rows((text, i) => mapRow(text, `v${i}`)),
    );
    const backends = strings.flatMap((text, i) => {
      const directives: Directive[] = [];
      for (const { kind, rules } of cases) {
        try {
          if (kind === 'map-value') mapRow('k', text);
          if (kind === 'runtime-value') runtimeWord(text);
          if (kind === 'map-key') mapRow(text, 'v');
          if (kind === 'pattern-file') haproxyProcess.write(`patterns-${i}.lst`, `${patternRow(text)}\nno such text\n`);
          directives.push(...rules(text, i));
          held.get(kind)?.push(i);
        } catch (error) {
          if (!isRefusal(error)) throw error;
        }
      }
      directives.push(haproxy`http-request return status 404`);
      return renderSection({ kind: 'backend', name: `s${i}`, directives });
    });
    const config = [
      ...renderSection({
        kind: 'global',
        directives: [haproxy`maxconn ${100}`, haproxy`stats socket ${new Path(`${haproxyProcess.directory}/admin.sock`)} level admin`],
      }),
      ...renderSection({
        kind: 'defaults',
        directives: [
          haproxy`mode http`,
          haproxy`timeout client ${'20s'}`,
          haproxy`timeout server ${'20s'}`,
          haproxy`timeout connect ${'20s'}`,
        ],
      }),
      ...renderSection({
        kind: 'frontend',
        name: 'in',
        directives: [
          haproxy`bind unix@${new Path(`${haproxyProcess.directory}/http.sock`)}`,
          haproxy`use_backend ${sample`path,field(2,/)`}`,
        ],
      }),
      ...backends,
      '',
    ].join('\n');
    expect(haproxyProcess.check(config)).toBe('');
    await haproxyProcess.start(config);
    const commands = (held.get('runtime-value') ?? []).map((i) => runtimeCommand('add', 'map', runtimeMap.text, `k${i}`, strings[i] ?? ''));
    const said = await haproxyProcess.send(commands);
    expect(said.replace(/[\s>]/g, '')).toBe('');
  }, 120_000);

  afterAll(() => haproxyProcess.stop());

  test.for(cases)('$kind', async ({ kind, found, expected }) => {
    const indexes = held.get(kind) ?? [];
    const answers = await haproxyProcess.get(
      indexes.map((i) => path(i, kind)),
      'X-Replace: in\r\n',
    );
    const differing = indexes.flatMap((i, at) => {
      const answer = answers[at];
      const text = strings[i] ?? '';
      const actual = answer && found(answer);
      return actual === expected(text) ? [] : [{ text, actual, expected: expected(text), status: answer?.status }];
    });
    expect(differing).toEqual([]);
    // Few values may be refused, and only for a reason of the place.
    expect(indexes.length).toBeGreaterThan(strings.length * (kind.startsWith('map-') ? 0.6 : 0.9));
  });

  function rows(row: (text: string, index: number) => string): string {
    return strings
      .flatMap((text, i) => {
        try {
          return [`${row(text, i)}\n`];
        } catch (error) {
          if (isRefusal(error)) return [];
          throw error;
        }
      })
      .join('');
  }
});

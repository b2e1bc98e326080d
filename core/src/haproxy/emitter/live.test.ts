import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { mapRow, patternRow } from './map-row.js';
import { haproxy, logFormat, sample } from './haproxy.js';
import type { Directive } from './directive.js';
import { isRefusal } from './refusal.js';
import { Name } from './name.js';
import { Path } from './path.js';
import { patternLines } from './pattern-lines.js';
import { renderSection } from './render-section.js';
import { runtimeCommand, runtimeWord } from './runtime-word.js';
import { anyText, hostile } from './test-support/hostile.js';
import { LiveHaproxy, findHaproxy } from './test-support/live-haproxy.js';
import type { Answer } from './test-support/live-haproxy.js';
import { asBytes } from './test-support/read-line.js';

// The oracle of the emitter: not "the file is valid", but the literal value coming back over HTTP.

const program = findHaproxy();
if (program === undefined) console.warn('Skipped: no HAProxy was found in $HAPROXY or on the path.');

const seed = Number(process.env['FC_SEED'] ?? 20_260_101);
const strings = [...new Set([...hostile, ...fc.sample(anyText, { numRuns: 400, seed })])];
const path = (index: number, kind: string): string => `/s${index}/${kind}`;
const trimmed = (text: string): string => asBytes(text).replace(/^ +| +$/g, '');

/** Text that a careless encoding of `text` would also match or turn it into. */
function unlike(text: string): readonly string[] {
  return [`${text}x`, `x${text}`, text.replace(/[^A-Za-z0-9]/u, 'x'), [...text].slice(1).join(''), text.toUpperCase(), text.replaceAll('\\', ''), ''].filter((other) => other !== text);
}

interface Case {
  readonly kind: string;
  /** The rules, or nothing if the value has no encoding at this place. */
  readonly rules: (text: string, index: number) => readonly Directive[];
  /** What the value should come back as. */
  readonly found: (answer: Answer) => string | undefined;
  readonly expected: (text: string) => string;
}

const body = ({ body: found }: Answer): string => found;

describe.skipIf(program === undefined)('over HTTP, from a running HAProxy', () => {
  const haproxyProcess = new LiveHaproxy(program ?? '');
  const patternFile = (index: number): Path => new Path(`${haproxyProcess.directory}/patterns-${index}.lst`);
  const map = new Path(`${haproxyProcess.directory}/values.map`);
  const runtimeMap = new Path(`${haproxyProcess.directory}/runtime.map`);
  const keyMap = new Path(`${haproxyProcess.directory}/keys.map`);

  const cases: readonly Case[] = [
    {
      kind: 'header',
      rules: (text, i) => [haproxy`http-request return status 200 hdr X-Value ${text} if { path ${path(i, 'header')} }`],
      // HAProxy leaves out a header without a value.
      found: ({ headers }) => headers.get('x-value') ?? '',
      expected: trimmed,
    },
    {
      kind: 'string',
      rules: (text, i) => [haproxy`http-request return status 200 content-type text/plain string ${text} if { path ${path(i, 'string')} }`],
      found: body,
      expected: asBytes,
    },
    {
      kind: 'format',
      rules: (text, i) => [haproxy`http-request return status 200 content-type text/plain lf-string "<${text}%[path]${text}>" if { path ${path(i, 'format')} }`],
      found: (answer) => answer.body.replace(/\/s\d+\/format/, '/'),
      expected: (text) => asBytes(`<${text}/${text}>`),
    },
    {
      kind: 'str',
      rules: (text, i) => [haproxy`http-request return status 200 content-type text/plain lf-string <%[str(${text}),concat(${text},,)]> if { path ${path(i, 'str')} }`],
      found: body,
      expected: (text) => asBytes(`<${text}${text}>`),
    },
    {
      kind: 'typed',
      rules: (text, i) => [
        haproxy`http-request return status 200 content-type text/plain lf-string ${logFormat`<${text}%[str(${text})]${sample`str("-${text}-")`}>`} if { path ${path(i, 'typed')} }`,
      ],
      found: body,
      expected: (text) => asBytes(`<${text}${text}-${text}->`),
    },
    {
      kind: 'variable',
      rules: (text, i) => [
        haproxy`http-request set-var(txn.v${i}) str(${text})`,
        haproxy`http-request set-var-fmt(txn.w${i}) ${text}%[var(txn.v${i})]`,
        haproxy`http-request return status 200 content-type text/plain lf-string <%[var(txn.w${i})]> if { path ${path(i, 'variable')} }`,
      ],
      found: body,
      expected: (text) => asBytes(`<${text}${text}>`),
    },
    {
      kind: 'location',
      rules: (text, i) => [haproxy`http-request redirect location ${text} code ${302} if { path ${path(i, 'location')} }`],
      found: ({ headers }) => headers.get('location'),
      expected: trimmed,
    },
    {
      kind: 'replacement',
      rules: (text, i) => [
        haproxy`http-request replace-header X-Replace ^(.*)$ <${text}\1>`,
        haproxy`http-request return status 200 content-type text/plain lf-string %[req.fhdr(x-replace)] if { path ${path(i, 'replacement')} }`,
      ],
      found: body,
      expected: (text) => asBytes(`<${text}in>`),
    },
    {
      kind: 'regsub',
      rules: (text, i) => [
        haproxy`http-request return status 200 content-type text/plain lf-string <%[str(${`a${text}b`}),regsub(a${text}b,${text})]> if { path ${path(i, 'regsub')} }`,
      ],
      found: body,
      expected: (text) => asBytes(`<${text}>`),
    },
    ...(['str', 'beg', 'end', 'sub', 'reg'] as const).map((method): Case => ({
      kind: `named-${method}`,
      rules: (text, i) => [
        ...patternLines(new Name(`named-${method}`), sample`str(${text})`, method, ['no such text', text]),
        haproxy`http-request return status 200 if { path ${path(i, `named-${method}`)} } named-${method}`,
      ],
      found: ({ status }) => String(status),
      expected: () => '200',
    })),
    {
      kind: 'first-pattern',
      rules: (text, i) => [haproxy`http-request return status 200 if { path ${path(i, 'first-pattern')} } { str(${text}) -m str ${[text, '-f', '--']} }`],
      found: ({ status }) => String(status),
      expected: () => '200',
    },
    {
      kind: 'later-pattern',
      rules: (text, i) => [haproxy`http-request return status 200 if { path ${path(i, 'later-pattern')} } { str(${text}) -m str first ${text} }`],
      found: ({ status }) => String(status),
      expected: () => '200',
    },
    {
      kind: 'not-str',
      rules: (text, i) => unlike(text).map((other) => haproxy`http-request return status 418 if { path ${path(i, 'not-str')} } { str(${other}) -m str ${[text]} }`),
      found: ({ status }) => String(status),
      expected: () => '404',
    },
    {
      kind: 'regex',
      rules: (text, i) => [haproxy`http-request return status 200 if { path ${path(i, 'regex')} } { str(${`a${text}${text}b`}) -m reg ^a${text}{2}b$ }`],
      found: ({ status }) => String(status),
      expected: () => '200',
    },
    {
      kind: 'not-regex',
      rules: (text, i) => unlike(text).map((other) => haproxy`http-request return status 418 if { path ${path(i, 'not-regex')} } { str(${other}) -m reg ^${text}$ }`),
      found: ({ status }) => String(status),
      expected: () => '404',
    },
    {
      kind: 'map-value',
      rules: (_text, i) => [haproxy`http-request return status 200 content-type text/plain lf-string %[str(k${i}),map_str(${map})] if { path ${path(i, 'map-value')} }`],
      found: body,
      expected: asBytes,
    },
    {
      kind: 'map-key',
      rules: (text, i) => [haproxy`http-request return status 200 content-type text/plain lf-string %[str(${text}),map_str(${keyMap})] if { path ${path(i, 'map-key')} }`],
      found: body,
      expected: (text) => `v${strings.indexOf(text)}`,
    },
    {
      kind: 'map-default',
      rules: (text, i) => [haproxy`http-request return status 200 content-type text/plain lf-string <%[str(none),map_str(${map},${text})]> if { path ${path(i, 'map-default')} }`],
      found: body,
      expected: (text) => asBytes(`<${text}>`),
    },
    {
      kind: 'runtime-value',
      rules: (_text, i) => [haproxy`http-request return status 200 content-type text/plain lf-string %[str(k${i}),map_str(${runtimeMap})] if { path ${path(i, 'runtime-value')} }`],
      found: body,
      expected: asBytes,
    },
    {
      kind: 'pattern-file',
      rules: (text, i) => [haproxy`http-request return status 200 if { path ${path(i, 'pattern-file')} } { str(${text}) -m str -f ${patternFile(i)} }`],
      found: ({ status }) => String(status),
      expected: () => '200',
    },
    {
      kind: 'realm',
      rules: (text, i) => [haproxy`http-request auth realm ${text} if { path ${path(i, 'realm')} }`],
      found: ({ headers }) => headers.get('www-authenticate'),
      expected: (text) => `Basic realm="${asBytes(text)}"`,
    },
  ];

  /** Which strings each kind of place holds; the others were refused. */
  const held = new Map<string, number[]>(cases.map(({ kind }) => [kind, []]));

  beforeAll(async () => {
    haproxyProcess.write('values.map', rows((text, i) => mapRow(`k${i}`, text)));
    haproxyProcess.write('runtime.map', 'none none\n');
    haproxyProcess.write('keys.map', rows((text, i) => mapRow(text, `v${i}`)));
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
      ...renderSection({ kind: 'global', directives: [haproxy`maxconn ${100}`, haproxy`stats socket ${new Path(`${haproxyProcess.directory}/admin.sock`)} level admin`] }),
      ...renderSection({
        kind: 'defaults',
        directives: [haproxy`mode http`, haproxy`timeout client ${'20s'}`, haproxy`timeout server ${'20s'}`, haproxy`timeout connect ${'20s'}`],
      }),
      ...renderSection({
        kind: 'frontend',
        name: 'in',
        directives: [haproxy`bind unix@${new Path(`${haproxyProcess.directory}/http.sock`)}`, haproxy`use_backend ${sample`path,field(2,/)`}`],
      }),
      ...backends,
      '',
    ].join('\n');
    expect(haproxyProcess.check(config)).toBe('');
    await haproxyProcess.start(config);
    const commands = (held.get('runtime-value') ?? []).map((i) => runtimeCommand('add', 'map', runtimeMap.text, `k${i}`, strings[i] ?? ''));
    const said = await haproxyProcess.send(commands);
    expect(said.replace(/[\s>]/g, '')).toBe('');
  }, 60_000);

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

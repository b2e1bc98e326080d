import { createPipeline, type Diagnostic, formatRef, type ObjectRef, quote, type Resource } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { certificateFor, configMapOf, ingressOf, secretOf, serviceOf, sliceOf } from '@signalbox/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { hostileValues } from './hostile-values.js';

const { pem } = await certificateFor(['default.example']);

/** Everything that moves a cursor, ends a line, turns text around or cannot be seen. */
const unfit = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

const nasty = fc.oneof(
  fc.constantFrom(...Object.values(hostileValues)),
  fc.string({ unit: 'binary', maxLength: 500 }),
  fc
    .tuple(
      fc.constantFrom('\u061c', '\u180e', '\u00ad', '\u202e', '\u2066', '\u{e0041}', '\ufff9', '\u001b[31m', '\u0000', '\ud83d'),
      fc.nat({ max: 300 }),
    )
    .map(([odd, times]) => odd.repeat(times + 1)),
);

/** One object of each kind, with the same text in every field that a message may speak of. */
function objectsWith(text: string, key: string): Resource[] {
  const annotations = { [`haproxy.org/${text}`]: text, [`haproxy.org/${key}`]: text, [text]: text };
  const meant = { name: 'web', annotations };
  const rules = {
    'ok.example': [{ service: 'web' }, { path: `/${text}`, service: text }, { path: '/port', service: 'web', port: text }],
    [text]: [],
  };
  return [
    ingressOf({ ...meant, rules, tls: [{ hosts: [text, 'ok.example'], secretName: text }], className: text }),
    ingressOf({ name: text, namespace: text, annotations, rules, defaultBackend: { service: text } }),
    serviceOf(meant),
    serviceOf({ name: 'named', externalName: text }),
    ingressOf({ name: 'named', rules: { 'named.example': [{ service: 'named' }] } }),
    sliceOf({ service: 'web', endpoints: [text, '127.0.0.1'], ports: 80 }),
    configMapOf({ name: 'main', namespace: 'ops', data: { [text]: text, [key]: text } }),
    secretOf({ name: 'tls', data: { [text]: text } }),
  ];
}

const keys = (haproxyOrg().annotations ?? []).flatMap(({ families }) => families.flatMap(({ keys: of }) => Object.keys(of as object)));

function told(objects: readonly Resource[]): readonly Diagnostic[] {
  const pipeline = createPipeline({ plugins: [ingress(), haproxyOrg({ configMap: 'ops/main' })], defaultCertificate: { otherwise: pem } });
  const writer = pipeline.collection.writer('test', true);
  for (const object of objects) writer.set(object);
  pipeline.tables.commit(pipeline.collection.take());
  return pipeline.diagnostics();
}

/** What stands between quotation marks. */
function quotations(message: string): string[] {
  return [...message.matchAll(/"(?:[^"\\]|\\.)*"/gs)].map(([found]) => found);
}

function expectFit({ message, field = '', object }: Diagnostic): void {
  const words = [message, field, object === undefined ? '' : formatRef(object)];
  for (const each of words) expect(unfit.test(each), JSON.stringify(each)).toBe(false);
  for (const each of [...quotations(message), ...quotations(field)]) expect([...unescaped(each)].length, each).toBeLessThanOrEqual(201);
  expect(message.length).toBeLessThan(4_000);
}

function unescaped(quoted: string): string {
  return JSON.parse(quoted) as string;
}

it('no diagnostic holds more than 200 characters of a value, nor any that does something to a terminal', { timeout: 120_000 }, () => {
  let count = 0;
  fc.assert(
    fc.property(nasty, fc.constantFrom(...keys), (text, key) => {
      const diagnostics = told(objectsWith(text, key));
      count += diagnostics.length;
      diagnostics.forEach(expectFit);
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 300) },
  );
  expect(count).toBeGreaterThan(1_000);
});

it('a quotation is read back as what was quoted, up to its 200th character', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(unfit.test(quote(text))).toBe(false);
      const back = unescaped(quote(text));
      expect(back).toBe(text.length > 200 ? `${text.slice(0, 200)}…` : text);
    }),
  );
});

it('names of objects are shown without what no name has', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const ref: ObjectRef = { group: '', kind: text, namespace: text, name: text };
      expect(formatRef(ref)).toMatch(/^[\x20-\x7e]{0,400}$/);
    }),
  );
});

import { ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type ReferenceRoute, referenceAnswer } from './reference-evaluator.js';
import { Scene } from './scene.js';

const labels = ['a', 'b', 'a-b', 'xn--e1a', '0'];
const name = fc.array(fc.constantFrom(...labels), { minLength: 1, maxLength: 3 }).map((parts) => [...parts, 'test'].join('.'));
const host = fc.oneof(
  { weight: 4, arbitrary: name },
  { weight: 2, arbitrary: name.map((each) => `*.${each}`) },
  { weight: 1, arbitrary: fc.constant('') },
);
const elements = ['a', 'b', 'ab', 'A', 'a.b', '%20', 'a;b', '+', '*', '-', '~', 'a%2Fb'];
const path = fc
  .tuple(fc.array(fc.constantFrom(...elements), { maxLength: 3 }), fc.boolean())
  .map(([parts, slash]) => `/${parts.join('/')}${slash && parts.length > 0 ? '/' : ''}`);
const type = fc.constantFrom<ReferenceRoute['type']>('Exact', 'Prefix', 'Prefix', 'ImplementationSpecific');
const routes = fc.array(fc.record({ host, path, type }), { minLength: 1, maxLength: 40 });

/** As the host of a route, or near it. */
const hostHeader = fc
  .tuple(
    fc.oneof(
      name,
      name.map((each) => `x.${each}`),
      name.map((each) => `.${each}`),
      fc.constantFrom('test', '', '.', '*.a.test', '[::1]', '10.0.0.1'),
    ),
    fc.constantFrom('', '', '.', ':80', ':'),
    fc.boolean(),
  )
  .map(([each, end, upper]) => `${upper ? each.toUpperCase() : each}${each === '' ? '' : end}`);
const requestPath = fc
  .tuple(path, fc.constantFrom('', '', '', 'x', '/x', '/', '//', '?q=/a', '?', '/..', '%00', ';'))
  .map(([each, end]) => `${each}${end}`);
const requests = fc.array(fc.tuple(hostHeader, requestPath), { minLength: 300, maxLength: 300 });

it.each([false, true])('a real HAProxy answers as the documentation says (fall-through: %s)', { timeout: 120_000 }, async (fallThrough) => {
  await fc.assert(
    fc.asyncProperty(routes, requests, async (drafts, wanted) => {
      const named = drafts.map((draft, at) => ({ ...draft, service: `s${String(at).padStart(2, '0')}` })).filter(isAccepted);
      await using scene = await Scene.create({ listen: { fallThrough } });
      for (const { service, host: of, path: at, type: how } of named) {
        const server = await scene.server(service);
        scene.source.set(serviceOf({ name: service })).set(sliceOf({ service, endpoints: ['127.0.0.1'], ports: server.port }));
        scene.source.set(ingressOf({ name: service, rules: { [of]: [{ path: at, type: how, service }] } }));
      }
      await scene.serve();
      const told = new Set(scene.diagnostics().map(({ code }) => code));
      told.delete('CLAIM_LOST');
      expect([...told]).toEqual([]);
      const answers = await Promise.all(
        wanted.map(async ([header, at]) => {
          const { echo, status } = await scene.request({ host: header, path: at });
          return `${header}${at} → ${status === 404 ? 'nobody' : (echo?.name ?? String(status))}`;
        }),
      );
      expect(answers).toEqual(
        wanted.map(([header, at]) => `${header}${at} → ${referenceAnswer(named, header, at, fallThrough) ?? 'nobody'}`),
      );
    }),
    { numRuns: Number(process.env['FUZZ_RUNS'] ?? 6) },
  );
});

/** What the API server refuses is refused here too. */
function isAccepted({ path: each, type: how }: Pick<ReferenceRoute, 'path' | 'type'>): boolean {
  return how === 'ImplementationSpecific' || !/%2f/i.test(each);
}

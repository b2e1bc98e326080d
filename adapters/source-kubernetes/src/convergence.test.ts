import { kindKey, objectKey, secretKind, serviceKind } from '@signalbox/core';
import { secretOf, serviceOf } from '@signalbox/testing';
import fc from 'fast-check';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { FakeApiServer, type Fault } from './fixtures/fake-api-server.js';
import { routeKind, type Running, run, until, versionOf } from './fixtures/running.js';

const name = fc.integer({ min: 0, max: 11 }).map((index) => `o-${String(index)}`);
const route = (of: string): { apiVersion: string; kind: string; metadata: { name: string; namespace: string } } => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: of, namespace: 'default' },
});

type Step = (server: FakeApiServer, running: Running) => Promise<void> | void;

/** Named, so that a counterexample can be read. */
const step = (label: string, act: Step): { readonly label: string; readonly act: Step; toString(): string } => ({
  label,
  act,
  toString: () => label,
});

const fault = fc.constantFrom<Fault>(
  'drop',
  'html',
  { status: 500 },
  { status: 429 },
  { status: 410 },
  { status: 401 },
  { status: 503 },
  { status: 403 },
);

const steps = fc.oneof(
  { weight: 6, arbitrary: name.map((of) => step(`set service ${of}`, (server) => server.store.set(serviceOf({ name: of })))) },
  { weight: 3, arbitrary: name.map((of) => step(`delete service ${of}`, (server) => server.store.delete(serviceKind, `default/${of}`))) },
  { weight: 4, arbitrary: name.map((of) => step(`set secret ${of}`, (server) => server.store.set(secretOf({ name: of, data: { of } })))) },
  { weight: 3, arbitrary: name.map((of) => step(`delete secret ${of}`, (server) => server.store.delete(secretKind, `default/${of}`))) },
  { weight: 2, arbitrary: name.map((of) => step(`set route ${of}`, (server) => server.store.set(route(of)))) },
  {
    weight: 3,
    arbitrary: fc
      .array(name, { maxLength: 6 })
      .map((of) => step(`refer to ${of.join()}`, (_, { wanted }) => wanted.refer(...of.map((each) => `default/${each}`)))),
  },
  {
    weight: 1,
    arbitrary: fc
      .subarray([serviceKind, secretKind, routeKind])
      .map((kinds) => step(`want ${kinds.map(({ kind }) => kind).join()}`, (_, { wanted }) => wanted.want(...kinds))),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ fault, verb: fc.constantFrom('list', 'watch', 'get'), times: fc.integer({ min: 1, max: 4 }) })
      .map((of) => step(`fail ${JSON.stringify(of)}`, (server) => server.fail(of.verb, of.fault, of.times))),
  },
  fc.constantFrom(
    step('drop connections', (server) => server.dropConnections()),
    step('end watches', (server) => server.endWatches()),
    step('compact', (server) => server.store.compact()),
    step('expire watches', (server) => {
      server.store.compact();
      server.endWatches();
    }),
    step('garble', (server) => server.writeRaw('{"type":"MODIFIED","object"\n')),
    step('cut off', (server) => {
      server.writeRaw('{"type":"DELETED","object":{"meta');
      server.endWatches();
    }),
    step('error in the stream', (server) => server.writeRaw('{"type":"ERROR","object":{"code":500}}\n')),
    step('bookmark', (server) => server.bookmark()),
    step('small chunks', (server) => void (server.chunkBytes = 97)),
    step('install routes', (server) => server.serve(routeKind)),
    step('restart', async (server) => {
      await server.close();
      await sleep(10);
      await server.listen();
    }),
    step('wait', () => sleep(15)),
  ),
  fc.integer({ min: 0, max: 4 }).map((ms) => step(`wait ${String(ms)}`, () => sleep(ms))),
);

describe('KubernetesSource', () => {
  it('holds what the server holds, after any changes and faults', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 50, size: 'max' }), fc.boolean(), async (all, isPatient) => {
        await using server = await FakeApiServer.start(serviceKind, secretKind);
        await using running = run(server, [serviceKind, secretKind, routeKind], { pageSize: 3 });
        if (isPatient) await until(() => running.seen.isSynced);
        for (const { act } of all) await act(server, running);
        server.serve(routeKind);
        server.stopFailing();
        const expected = (): Map<string, string> => expectedOf(server, running);
        await until(() => sameVersions(running, expected())).catch(() => undefined);
        expect(seenOf(running)).toEqual(expected());
        await until(() => running.seen.isSynced && running.seen.diagnostics.length === 0);
        expect(readsOfOthers(server)).toEqual([]);
      }),
      { numRuns: Number(process.env.RUNS ?? 40) },
    );
  });
});

const seenOf = ({ seen }: Running): Map<string, string> =>
  new Map([...seen.objects].map(([key, object]): [string, string] => [key, versionOf(object)]).sort());

const sameVersions = (running: Running, expected: ReadonlyMap<string, string>): boolean =>
  JSON.stringify([...seenOf(running)]) === JSON.stringify([...expected]);

function expectedOf(server: FakeApiServer, { wanted }: Running): Map<string, string> {
  const objects = wanted.kinds.flatMap((kind) =>
    [...server.store.of(kindKey(kind)).values()].filter(
      ({ metadata }) => kind.wanted !== 'referenced' || wanted.keys.has(objectKey(metadata)),
    ),
  );
  return new Map(objects.map((object): [string, string] => [`${object.kind} ${objectKey(object.metadata)}`, versionOf(object)]).sort());
}

/** Lists and watches that bring the data of Secrets, whoever refers to them. */
function readsOfOthers(server: FakeApiServer): string[] {
  return server.seen
    .filter(({ plural, verb, accept }) => plural === 'secrets' && verb !== 'get' && !accept.includes('PartialObjectMetadata'))
    .map(({ path }) => path);
}

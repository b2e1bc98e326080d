import type { Diagnostic, Resource } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { ingressOf, serviceOf, sliceOf } from '@signalbox/testing';
import { describe, expect, it } from 'vitest';
import { Scene } from '../scene.js';
import { hostileTexts } from './texts.js';

const seed = 20_261_122;
const starts = 4;
const valuesPerStart = 500;
const requestsAtOnce = 32;

/** Where a value of a field is seen by clients and servers. */
interface Sight {
  readonly field: string;
  readonly object: (value: string, id: string) => Resource;
  /** What is wrong with the answers, where the owner is told of nothing (`isTold` false) or of something. */
  readonly wrong: (scene: Scene, value: string, id: string, isTold: boolean) => Promise<string | undefined>;
}

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');

/** What a header line says, read apart from the plugin: its first line, without blanks at the ends and one pair of quotes. */
function headerOf(value: string): string {
  const [first = ''] = value.split('\n');
  const text = `X-Test ${first}`.trim().replace(/^X-Test *(?! )/, '');
  return bytes(/^".*"$/.test(text) && text.length > 1 ? text.slice(1, -1) : text).replace(/^[ \t]+|[ \t]+$/g, '');
}

const header = (key: string): Sight => ({
  field: key,
  object: (value, id) =>
    ingressOf({ name: id, rules: { [`${id}.example`]: [{ service: 'web' }] }, annotations: { [`haproxy.org/${key}`]: `X-Test ${value}` } }),
  wrong: async (scene, value, id, isTold) => {
    const { status, echo, headers } = await scene.request({ host: `${id}.example` });
    const found = key.startsWith('request') ? echo?.headers['x-test'] : headers['x-test'];
    const expected = isTold ? undefined : headerOf(value);
    return status === 200 && found === expected
      ? undefined
      : `status ${String(status)}, header ${JSON.stringify(found)} for ${JSON.stringify(expected)}`;
  },
});

const path = (type: string): Sight => ({
  field: `path, ${type}`,
  object: (value, id) => ingressOf({ name: id, rules: { [`${id}.example`]: [{ path: `/${value}`, type, service: 'web' }] } }),
  wrong: async (scene, value, id, isTold) => {
    if (isTold) return undefined;
    const { status, echo } = await scene.request({ host: `${id}.example`, path: `/${value}` });
    return echo?.path === `/${value}` ? undefined : `status ${String(status)}, path ${JSON.stringify(echo?.path)}`;
  },
});

const sights: readonly Sight[] = [
  header('request-set-header'),
  header('response-set-header'),
  path('Exact'),
  path('Prefix'),
  path('ImplementationSpecific'),
  {
    field: 'allow-list',
    object: (value, id) =>
      ingressOf({
        name: id,
        rules: { [`${id}.example`]: [{ service: 'web' }] },
        annotations: { 'haproxy.org/allow-list': `127.0.0.1,${value}` },
      }),
    wrong: async (scene, _value, id, isTold) => {
      const { status } = await scene.request({ host: `${id}.example` });
      return status === (isTold ? 503 : 200) ? undefined : `status ${String(status)}`;
    },
  },
  {
    field: 'host',
    object: (value, id) =>
      ingressOf({ name: id, rules: { [value === '' ? `${id}.example` : value]: [{ path: `/${id}`, service: 'web' }] } }),
    wrong: async (scene, value, id, isTold) => {
      if (isTold) return undefined;
      const host = (value === '' ? `${id}.example` : value).replace(/^\*/, 'any');
      const { echo, status } = await scene.request({ host, path: `/${id}` });
      return echo?.name === 'web' ? undefined : `status ${String(status)}`;
    },
  },
];

async function problemsOf(
  scene: Scene,
  values: readonly string[],
  { field, wrong }: Sight,
  prefix: string,
  told: ReadonlyMap<string | undefined, readonly Diagnostic[]>,
): Promise<string[]> {
  const problems: string[] = [];
  const waiting = values.entries();
  const work = async (): Promise<void> => {
    for (const [at, value] of waiting) {
      const id = `${prefix}-${String(at)}`;
      const problem = await wrong(scene, value, id, told.has(id)).catch(String);
      if (problem !== undefined)
        problems.push(`${field} ${JSON.stringify(value.slice(0, 300))}: ${problem}${told.has(id) ? ', though its owner is told' : ''}`);
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, work));
  return problems;
}

describe('hostile values on a real HAProxy', () => {
  it.each(Array.from({ length: starts }, (_, at) => ({ at })))(
    'come back to the letter, or their owner is told ($at)',
    { timeout: 120_000 },
    async ({ at: start }) => {
      await using scene = await Scene.create({ plugins: [ingress(), haproxyOrg()] });
      const values = hostileTexts(seed + start, valuesPerStart);
      const { port } = await scene.server('web');
      scene.source.set(serviceOf({ name: 'web' })).set(sliceOf({ service: 'web', endpoints: ['127.0.0.1'], ports: port }));
      for (const [index, sight] of sights.entries())
        for (const [at, value] of values.entries()) scene.source.set(sight.object(value, `s${String(index)}-${String(at)}`));
      await scene.serve();
      const told = Map.groupBy(scene.diagnostics(), ({ object }) => object?.name);
      const problems: string[] = [];
      for (const [index, sight] of sights.entries()) problems.push(...(await problemsOf(scene, values, sight, `s${String(index)}`, told)));
      const taken = sights.map(
        (sight, index) => `${sight.field} ${String(values.filter((_, at) => !told.has(`s${String(index)}-${String(at)}`)).length)}`,
      );
      console.log(`seed ${String(seed + start)}, ${String(valuesPerStart)} values of each field; taken to the letter: ${taken.join(', ')}`);
      expect(problems).toEqual([]);
    },
  );
});

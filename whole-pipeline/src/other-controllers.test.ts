import { createPipeline, type Resource, SecretText } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { ingress } from '@signalbox/ingress';
import { ingressOf } from '@signalbox/testing';
import { expect, it } from 'vitest';

const classWith = (controller: string) =>
  ({ apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'other' }, spec: { controller } }) as Resource;

it('is told nothing of annotations: whoever serves an Ingress knows what they mean', () => {
  const pipeline = createPipeline({ plugins: [ingress(), haproxyOrg()], defaultCertificate: { otherwise: new SecretText('') } });
  const writer = pipeline.collection.writer('test', true, true);
  const commit = (...objects: readonly Resource[]): readonly string[] => {
    for (const object of objects) writer.set(object);
    writer.synced();
    pipeline.tables.commit(pipeline.collection.take());
    return pipeline
      .diagnostics()
      .map(({ code }) => code)
      .filter((code) => code !== 'SERVICE_NOT_FOUND')
      .sort();
  };
  const annotations = { 'haproxy.org/allow-list': 'bad', check: 'whatever', 'haproxy.org/chekc': 'true' };
  const { spec, ...site } = ingressOf({ name: 'web', annotations, rules: { 'web.example': [{ path: '/', service: 'web' }] } });
  const object = { ...site, spec: { ...spec, ingressClassName: 'other' } } as Resource;
  expect(commit(object, classWith('k8s.io/ingress-nginx'))).toEqual([]);
  expect(commit(classWith('haproxy.org/ingress-controller'))).toEqual(['KEY_UNKNOWN', 'VALUE_INVALID', 'VALUE_INVALID']);
  expect(commit(classWith('k8s.io/ingress-nginx'))).toEqual([]);
});

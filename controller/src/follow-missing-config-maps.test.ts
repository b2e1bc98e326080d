import { type Controller, createPipeline, refOf, SecretText } from '@signalbox/core';
import { haproxyOrg } from '@signalbox/haproxy-org';
import { configMapOf } from '@signalbox/testing';
import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { followMissingConfigMaps } from './follow-missing-config-maps.js';

it('tells of a ConfigMap that goes while it runs, and of its return', () => {
  const settings = configMapOf({ namespace: 'ops', name: 'settings', data: { 'ssl-redirect': 'OFF' } });
  const plugins = [haproxyOrg({ configMap: 'ops/settings' })];
  const pipeline = createPipeline({ plugins, defaultCertificate: { otherwise: new SecretText('') } });
  const events = new EventEmitter();
  const said: string[] = [];
  const note = (message: string): void => void said.push(message);
  const flags = { configmap: 'ops/settings' };
  followMissingConfigMaps(flags, { events: events as unknown as Controller['events'], pipeline }, { warn: note, info: note });

  const writer = pipeline.collection.writer('test', true, true);
  const commit = (): void => {
    writer.synced();
    pipeline.tables.commit(pipeline.collection.take());
    events.emit('changed');
  };
  writer.set(settings);
  commit();
  events.emit('applied');
  commit();
  expect(said).toEqual([]);
  writer.delete(refOf(settings));
  commit();
  commit();
  const missing = 'There is no ConfigMap "ops/settings", which --configmap names: it counts as empty until it is there.';
  expect(said).toEqual([missing]);
  writer.set(settings);
  commit();
  expect(said).toEqual([missing, `Settled: ${missing}`]);
});

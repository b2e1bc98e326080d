import { createController, createPipeline } from '@signalbox/core';
import { ingress } from '@signalbox/ingress';
import { certificateFor, echoServer, ingressOf, memorySink, memorySource, RealHaproxy, serviceOf, sliceOf } from '@signalbox/testing';
import { expect, it } from 'vitest';
import { searchEngines } from './robots-tag.js';

const plugins = [ingress(), searchEngines];
const certificate = certificateFor(['default.example']);

// #region answers
it('sets the header on answers', async () => {
  await using haproxy = await RealHaproxy.create();
  await using app = await echoServer({ name: 'web' });
  const pipeline = createPipeline({ plugins, listen: haproxy.listen, defaultCertificate: { otherwise: (await certificate).pem } });
  memorySource([
    serviceOf({ name: 'web' }),
    sliceOf({ service: 'web', endpoints: [app.address], ports: app.port }),
    ingressOf({
      name: 'web',
      annotations: { 'example.org/robots-tag': 'noindex' },
      rules: { 'web.example': [{ path: '/', service: 'web' }] },
    }),
  ]).writeTo(pipeline.collection.writer('test', true, true));

  await haproxy.serve(pipeline);

  const { status, headers, echo } = await haproxy.request({ host: 'web.example', path: '/cart' });
  expect([status, headers['x-robots-tag'], echo?.path]).toEqual([200, 'noindex', '/cart']);
  expect(pipeline.diagnostics()).toEqual([]);
});
// #endregion answers

// #region loop
it('takes up an object that changes', async () => {
  const source = memorySource([serviceOf({ name: 'web' })]);
  const sink = memorySink();
  const controller = createController({
    sources: [source],
    plugins,
    sinks: [sink],
    defaultCertificate: { otherwise: (await certificate).pem },
    reloadIntervalMs: 0,
  });
  const applied = (): Promise<unknown> => new Promise((resolve) => controller.events.once('applied', resolve));
  const ended = new AbortController();
  const first = applied();
  const running = controller.run(ended.signal);
  await first;

  const second = applied();
  source.set(ingressOf({ name: 'web', rules: { 'web.example': [{ path: '/', service: 'web' }] } }));
  await second;
  expect(sink.files.get('maps/path-prefix.map')?.content).toBe('web.example/ default_svc_web_80\n');

  ended.abort();
  await running;
});
// #endregion loop

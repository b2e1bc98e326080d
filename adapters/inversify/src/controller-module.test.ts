import { type Controller, type Sink, type Plugin, SecretText, type Source } from '@signalbox/core';
import { memorySink, memorySource } from '@signalbox/testing';
import { Container } from 'inversify';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { controllerModule, pipelineModule } from './controller-module.js';
import { namedPart, namedPartsModule, partsModule } from './parts-module.js';
import { resolve, token, type Token } from './token.js';
import { type ControllerSettings, tokens } from './tokens.js';

const settings: ControllerSettings = { defaultCertificate: { otherwise: new SecretText('certificate and key') } };

function containerOf(...modules: Parameters<Container['load']>): Container {
  const container = new Container();
  container.load(...modules);
  return container;
}

describe('controllerModule', () => {
  it('composes a controller that serves what is bound', async () => {
    const sink = memorySink();
    const container = containerOf(controllerModule, partsModule({ sources: [memorySource()], sinks: [sink], settings }));
    const controller = resolve(container, tokens.controller);
    const stop = new AbortController();
    controller.events.once('applied', () => stop.abort());
    await controller.run(stop.signal);
    expect([...sink.files.keys()]).toContain('haproxy.cfg');
    expect(sink.closings).toEqual(['stop']);
  });

  it('takes tokens without a binding for none of them', () => {
    const container = containerOf(controllerModule, partsModule({ sinks: [memorySink()], settings }));
    expect(resolve(container, tokens.controller).pipeline.vocabulary.families).toEqual([]);
  });

  it('says what is missing as createController does', () => {
    const container = containerOf(controllerModule, partsModule({ settings }));
    expect(() => resolve(container, tokens.controller)).toThrow(/needs a target/);
  });

  it('makes one controller, however often it is asked for', () => {
    const container = containerOf(controllerModule, partsModule({ sinks: [memorySink()], settings }));
    expect(resolve(container, tokens.controller)).toBe(resolve(container, tokens.controller));
  });

  it('lets a host add parts of its own to those of a module', () => {
    const plugin: Plugin = { name: 'mine' };
    const container = containerOf(pipelineModule, partsModule({ plugins: [{ name: 'given' }], settings }));
    container
      .bind<Plugin>(tokens.plugin)
      .toResolvedValue(() => plugin)
      .inSingletonScope();
    expect(container.getAll<Plugin>(tokens.plugin).map(({ name }) => name)).toEqual(['given', 'mine']);
    expect(resolve(container, tokens.pipeline).diagnostics()).toEqual([]);
  });
});

describe('namedPartsModule', () => {
  const name: Token<Source> = token('part/test-source');
  const module = namedPartsModule([
    namedPart({ role: tokens.source, name, make: () => memorySource([], { name: 'given' }) }),
    namedPart({ role: tokens.source, name: token<Source>('part/other-source'), make: () => memorySource([], { name: 'other' }) }),
  ]);

  it('lets a host rebind one part and leave the others', () => {
    const container = containerOf(module);
    container.rebind<Source>(name).toConstantValue(memorySource([], { name: 'mine' }));
    expect(container.getAll<Source>(tokens.source).map((source) => source.name)).toEqual(['mine', 'other']);
  });

  it('makes each part once', () => {
    const container = containerOf(module);
    expect(container.getAll<Source>(tokens.source)[0]).toBe(resolve(container, name));
  });
});

describe('tokens', () => {
  it('are the same in another copy of the package', async () => {
    vi.resetModules();
    const copy = await import('./tokens.js');
    expect(copy.tokens).not.toBe(tokens);
    expect(copy.tokens).toEqual(tokens);
    const container = containerOf(controllerModule, partsModule({ settings }));
    container.bind<Sink>(copy.tokens.sink).toConstantValue(memorySink());
    expect(resolve(container, tokens.controller).events).toBeDefined();
  });

  it('remember what is bound to them', () => {
    expectTypeOf<ReturnType<typeof resolve<Controller>>>().toEqualTypeOf<Controller>();
    // @ts-expect-error -- a controller is no source
    const wrong: Token<Source> = tokens.controller;
    expect(wrong).toBe(tokens.controller);
  });
});

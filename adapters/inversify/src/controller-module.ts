import { createController, createPipeline } from '@signalbox/core';
import type { Controller, Sink, Pipeline, Plugin, Reporter, Source, Target } from '@signalbox/core';
import { ContainerModule } from 'inversify';
import type { Token } from './token.js';
import { type ControllerSettings, tokens } from './tokens.js';

const all = <T>(serviceIdentifier: Token<T>): { readonly isMultiple: true; readonly serviceIdentifier: Token<T> } => ({
  isMultiple: true,
  serviceIdentifier,
});

/**
 * Binds {@link Tokens.controller} to a controller of everything that is bound to the other tokens. Made once, without I/O.
 *
 * @example
 * A host that has a container already, and wants a source of its own beside the given ones:
 * ```ts
 * const container = new Container();
 * container.load(controllerModule, partsModule({ sources: [files({ paths: './manifests' })], plugins: [ingress()], sinks: [sink], settings }));
 * container.bind(tokens.source).toResolvedValue((registry: Registry) => new RegistrySource(registry), [Registry]).inSingletonScope();
 * await resolve(container, tokens.controller).run(signal);
 * ```
 * @public
 */
export const controllerModule: ContainerModule = new ContainerModule(({ bind }) => {
  bind<Controller>(tokens.controller)
    .toResolvedValue(
      (sources: Source[], plugins: Plugin[], sinks: Sink[], targets: Target[], reporters: Reporter[], settings: ControllerSettings) =>
        createController({ ...settings, sources, plugins, sinks, targets, reporters }),
      [all(tokens.source), all(tokens.plugin), all(tokens.sink), all(tokens.target), all(tokens.reporter), tokens.settings],
    )
    .inSingletonScope();
});

/** Binds {@link Tokens.pipeline} to a pipeline of the bound plugins and settings: for hosts that compute and do not serve. @public */
export const pipelineModule: ContainerModule = new ContainerModule(({ bind }) => {
  bind<Pipeline>(tokens.pipeline)
    .toResolvedValue(
      (plugins: Plugin[], settings: ControllerSettings) => createPipeline({ ...settings, plugins }),
      [all(tokens.plugin), tokens.settings],
    )
    .inSingletonScope();
});

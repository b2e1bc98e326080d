import type { Sink, Plugin, Reporter, Source, Target } from '@signalbox/core';
import { ContainerModule } from 'inversify';
import type { Token } from './token.js';
import { type ControllerSettings, tokens } from './tokens.js';

/** Parts that exist already. @public */
export interface Parts {
  readonly sources?: readonly Source[];
  readonly plugins?: readonly Plugin[];
  readonly sinks?: readonly Sink[];
  readonly targets?: readonly Target[];
  readonly reporters?: readonly Reporter[];
  readonly settings?: ControllerSettings;
}

/** Binds parts as they are. It may be loaded beside other modules and several times, each with other parts: all of them count. @public */
export function partsModule({ sources = [], plugins = [], sinks = [], targets = [], reporters = [], settings }: Parts): ContainerModule {
  return new ContainerModule(({ bind }) => {
    const bindAll = <T>(token: Token<T>, parts: readonly T[]): void => {
      for (const part of parts) bind<T>(token).toConstantValue(part);
    };
    bindAll(tokens.source, sources);
    bindAll(tokens.plugin, plugins);
    bindAll(tokens.sink, sinks);
    bindAll(tokens.target, targets);
    bindAll(tokens.reporter, reporters);
    bindAll(tokens.settings, settings === undefined ? [] : [settings]);
  });
}

/** A part under a name of its own, so that a host can rebind this one and leave the others. @public */
export interface NamedPart<T> {
  /** What the part is one of: `tokens.source`, `tokens.plugin`… */
  readonly role: Token<T>;
  /** The name of the part: a token of its own. */
  readonly name: Token<T>;
  /** Makes the part, once, when it is first asked for. No I/O. */
  make(): T;
}

/**
 * Binds each part to its name, and its name to its role.
 *
 * @example
 * ```ts
 * const source = token<Source>('part/source');
 * container.load(namedPartsModule([namedPart({ role: tokens.source, name: source, make: () => files({ paths: './manifests' }) })]));
 * container.rebind<Source>(source).toConstantValue(mySource); // in place of the files
 * ```
 * @public
 */
export function namedPartsModule(parts: readonly NamedPart<unknown>[]): ContainerModule {
  return new ContainerModule(({ bind }) => {
    for (const part of parts) {
      bind<unknown>(part.name)
        .toResolvedValue(() => part.make())
        .inSingletonScope();
      bind<unknown>(part.role).toService(part.name);
    }
  });
}

/** Checks, for the compiler, that role, name and part fit together. @public */
export function namedPart<T>(part: NamedPart<T>): NamedPart<unknown> {
  return part;
}

import type { Controller, ControllerOptions, Sink, Pipeline, Plugin, Reporter, Source, Target } from '@signalbox/core';
import { token, type Token } from './token.js';

/** All options of `createController` that are no parts with a token of their own. @public */
export type ControllerSettings = Omit<ControllerOptions, 'sources' | 'plugins' | 'sinks' | 'targets' | 'reporters'>;

/** What a controller is composed of. @public */
export interface Tokens {
  /** Any number; of an object that several hold, the one of the source bound first counts. */
  readonly source: Token<Source>;
  /** Any number, in the order in which they were bound. */
  readonly plugin: Token<Plugin>;
  /** Any number, together with the targets at least one. */
  readonly sink: Token<Sink>;
  readonly target: Token<Target>;
  readonly reporter: Token<Reporter>;
  /** Exactly one. */
  readonly settings: Token<ControllerSettings>;
  /** Bound by {@link controllerModule}. */
  readonly controller: Token<Controller>;
  /** Bound by {@link pipelineModule}. */
  readonly pipeline: Token<Pipeline>;
}

/** @public */
export const tokens: Tokens = {
  source: token('source'),
  plugin: token('plugin'),
  sink: token('sink'),
  target: token('target'),
  reporter: token('reporter'),
  settings: token('settings'),
  controller: token('controller'),
  pipeline: token('pipeline'),
};

import type { StepOutcome } from '@signalbox/core';
import type { Command } from './command.js';

/**
 * How a step is done: yields commands that may go in one batch, is told their replies, and returns what became of the step.
 * Throws `EMITTER_REFUSED` for what has no encoding.
 */
export type Procedure = Generator<readonly Command[], StepOutcome, readonly string[]>;

export { runtimeApi, RuntimeApiSink } from './runtime-api-sink.js';
export type { RuntimeApiLogger, RuntimeApiOptions } from './options.js';

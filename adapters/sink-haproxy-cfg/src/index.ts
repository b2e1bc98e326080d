export { haproxyCfg, HaproxyCfgSink } from './haproxy-cfg-sink.js';
export type { ExternalHaproxy, HaproxyCfgOptions, SinkLogger } from './options.js';

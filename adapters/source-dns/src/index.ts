export { DnsSource, dns } from './dns-source.js';
export type { DnsOptions, Lookup } from './dns-source.js';

export type { ClusterReading } from './cluster-source.js';
export { keptCertificate } from './default-certificate.js';
export { main } from './main.js';
export { parts, readingParts } from './parts.js';
export type { DefaultParts, ReadingOptions } from './parts.js';
export { servingParts } from './serving-parts.js';
export type { ServingPartsOptions } from './serving-parts.js';

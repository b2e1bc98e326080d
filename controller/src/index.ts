export { main } from './main.js';
export { defaultSettings, parts, readingParts, servingParts } from './parts.js';
export type { DefaultParts, ReadingOptions, ServingOptions } from './parts.js';

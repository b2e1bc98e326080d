export { FileSource, files } from './file-source.js';
export type { FilesOptions } from './file-source.js';

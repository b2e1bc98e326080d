/**
 * What one document may cost. The API server takes objects of 1.5 MB and requests of 3 MiB. An Ingress of 10,000 paths, which is the
 * largest of all that make sense, has 150,000 keys and values.
 */
export const largestDocument: number = 3 * 1024 * 1024;
export const deepestLevel = 100;
export const mostValues = 200_000;
/** Words, signs, blanks and lines of YAML, about three for each key or value. Of a text in quotes or below `|` its lines count. */
export const mostWords = 600_000;

const alone = 'objects of a list can stand alone, with "---" between them';
export const tooLarge: string = `expected a document of 3 MiB at most; ${alone}`;
export const tooDeep: string = `expected ${String(deepestLevel)} levels at most`;
export const tooManyValues: string = `expected 200,000 keys and values at most, those behind aliases counted each time; ${alone}`;
export const tooManyWords: string = `expected 600,000 words, signs and lines at most; ${alone}`;

/**
 * A path that a server may read as another one than HAProxy, which compares paths as they are received. The time is that of one pass,
 * and nothing is kept to come back to: a client that exhausts the stack of the expression would pass for one whose path does not match.
 * Case says nothing.
 */
export const ambiguousPath: string = [
  // Not from the root, or nothing.
  String.raw`^(?:[^/]|$)`,
  String.raw`//`,
  // Dot segments.
  String.raw`/\.\.?(?:/|$)`,
  // Parameters of a segment, the other slash, a fragment, and bytes that only begin overlong UTF-8.
  String.raw`[;\\#\xc0\xc1]`,
  // One of . / \ ; NUL, an unreserved character, or overlong UTF-8; encoded, and encoded again (%252e).
  String.raw`%(?:25)*+(?:00|2[def]|3[0-9b]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9ae]|c[01])`,
  // A percent sign that encodes nothing.
  String.raw`%(?:[^0-9a-f]|[0-9a-f][^0-9a-f]|[0-9a-f]?$)`,
].join('|');

/** JavaScript does give back what a `*+` has taken, which finds nothing more here. */
const pattern = new RegExp(ambiguousPath.replace('*+', '*'), 'i');

/** Whether a path, or a request target that is none, is one of them. */
export function isAmbiguous(path: string): boolean {
  return pattern.test(path);
}

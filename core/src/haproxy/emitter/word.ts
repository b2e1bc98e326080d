// What needs no quotes in a configuration word of any version. A `$` is plain there, but would expand if someone put quotes around it.
const bare = /^[A-Za-z0-9_\-./:,@=+%[\](){}|^?*~!&;<>]+$/;
const special = /[^A-Za-z0-9_\-./:,@=+%[\](){}|^?*~!&;<>'# ]/;
const utf8 = new TextEncoder();

/**
 * Encodes the text that HAProxy should see as one word of a configuration line: bare where that is safe, else in double quotes with
 * everything outside a small set of characters as the `\xNN` of its UTF-8 bytes.
 */
export function encodeWord(text: string): string {
  if (bare.test(text)) return text;
  if (!special.test(text)) return `"${text}"`;
  let encoded = '';
  for (const byte of utf8.encode(text)) {
    const character = String.fromCharCode(byte);
    encoded += byte >= 128 || special.test(character) ? `\\x${byte.toString(16).padStart(2, '0')}` : character;
  }
  return `"${encoded}"`;
}

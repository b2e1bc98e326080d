/**
 * The forms of crypt(3) that HAProxy can check. It takes any text for a hash, and one that is none lets nobody in and says nothing. It
 * computes a hash for each request, and serves nobody else meanwhile: so those that take long by intent are refused.
 */
const forms: readonly RegExp[] = [
  // DES
  /^[./0-9A-Za-z]{13}$/,
  // MD5
  /^\$1\$[./0-9A-Za-z]{0,8}\$[./0-9A-Za-z]{22}$/,
  // bcrypt, of cost 4 to 10
  /^\$2[abxy]\$(?:0[4-9]|10)\$[./0-9A-Za-z]{53}$/,
  // SHA-256 and SHA-512
  /^\$5\$(?:rounds=(?:\d{1,4}|1\d{4}|20000)\$)?[./0-9A-Za-z]{0,16}\$[./0-9A-Za-z]{43}$/,
  /^\$6\$(?:rounds=(?:\d{1,4}|1\d{4}|20000)\$)?[./0-9A-Za-z]{0,16}\$[./0-9A-Za-z]{86}$/,
  // yescrypt, of up to 32 MB
  /^\$y\$j[./0-9A]T\$[./0-9A-Za-z]{1,86}\$[./0-9A-Za-z]{43}$/,
];

/** In words. */
export const acceptedHashes =
  'hashes of passwords by crypt(3): SHA-512 ("$6$…") or SHA-256 ("$5$…") of at most 20000 rounds, bcrypt ("$2y$…") of cost 4 to 10, yescrypt ("$y$…"), MD5 ("$1$…") or DES';

/** Whether HAProxy can check a password by a text. */
export function isPasswordHash(text: string): boolean {
  return forms.some((form) => form.test(text));
}

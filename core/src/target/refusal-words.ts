import { quote } from '../resource/diagnostic.js';

/** HAProxy's words, and what they mean to the one whose value it is. The first that fits counts: reasons stand before what they lead to. */
const meanings: readonly (readonly [RegExp, (...found: readonly string[]) => string])[] = [
  [/unknown fetch method '([\w.]+)'/, (name) => `HAProxy knows no sample fetch "${name}".`],
  [/unknown fetch method/, () => 'A sample fetch is not known to HAProxy.'],
  [/unknown converter '([\w.]+)'/, (name) => `HAProxy knows no converter "${name}".`],
  [/unknown converter/, () => 'A converter is not known to HAProxy.'],
  [/no such format (?:variable|alias)/, () => 'A "%" begins nothing that HAProxy knows; write "%%" for the character itself.'],
  [/regex .*is invalid \(error=(.{1,120}?), erroffset=/, (why) => `A regular expression is not valid: ${why}.`],
  [/regex .*is invalid|failed to parse the regex/, () => 'A regular expression is not valid.'],
  [/converter '([\w.]+)' cannot be applied/, (name) => `The converter "${name}" does not take the type of what stands before it.`],
  [/cannot be used with fetch keyword '([\w.]+)'/, (name) => `The matching method does not take the type of "${name}".`],
  [/may not be reliably used here/, () => 'An expression reads what is not there yet, such as the response in a rule for requests.'],
  [/file <?'([\w./-]+)'.*No such file|failed to open pattern file/, () => 'A file that it names is not there.'],
  [/is not a valid IPv4 or IPv6 address/, () => 'Expected an IP address or a network, such as 192.0.2.0/24.'],
  [/is not a number/, () => 'Expected a number.'],
  [/unable to parse '…' at line \d+ of file/, () => 'A value of a map is not of the type that is asked for.'],
  [/converter '([\w.]+)'/, (name) => `The arguments of the converter "${name}" are not what it expects.`],
  [/fetch method '([\w.]+)'/, (name) => `The arguments of the sample fetch "${name}" are not what it expects.`],
  [/missing closing|missing '…' after|expected '…'|unmatched brace/, () => 'A bracket, brace or parenthesis is not closed.'],
  [/unmatched quote/, () => 'A quotation mark is not closed.'],
  [/too many words/, () => 'A line has more than 64 words. Spread them over several lines.'],
  [/unknown keyword '([\w.-]+)' in '([\w-]+)' section/, (word, section) => `HAProxy knows no keyword "${word}" in a ${section}.`],
  [/unknown (keyword|option) '([\w.-]+)'/, (what, word) => `HAProxy knows no ${what} "${word}" there.`],
  [/unknown (?:ssl )?(?:keyword|option)/, () => 'A keyword is not known to HAProxy there.'],
  [/expects .*but got|only supports/, () => 'A word stands where HAProxy expects another one.'],
  [/no such ACL/, () => 'A condition names an ACL that is not there.'],
  [
    /unexpected character|timer (?:over|under)flow/,
    () => 'A time is not valid. Expected a whole number and ms, s, m, h or d, of at most 24 days.',
  ],
  [/invalid port|invalid character .*port number/, () => 'A port is not valid. Expected a number from 1 to 65535.'],
  [/could not resolve address/, () => 'A host name of a server cannot be resolved.'],
  [/another server named/, () => 'Two servers of one backend have the same name.'],
  [/has the same name as/, () => 'Two sections have the same name.'],
  [/unable to find required \w+: '([\w.:-]+)'/, (name) => `It names the backend "${name}", which is not there.`],
  [/unable to find (table|userlist)/, (what) => `It names a ${what} that is not there.`],
  [/inconsistencies between private key and certificate/, () => 'The private key does not belong to the certificate.'],
  [
    /No Private Key found|load SSL private key/,
    () => 'There is no private key with the certificate, or it cannot be read. It must not have a pass phrase.',
  ],
  [/key too small/, () => 'The key of the certificate is too short. Expected RSA of 2048 bits or more, or a curve such as P-256.'],
  [/md too weak/, () => 'The certificate is signed with a hash that is too weak. Expected SHA-256 or better.'],
  [
    /load SSL certificate into SSL Context/,
    () => 'The TLS library refuses the certificate: its key is too short, or its curve or signature too weak.',
  ],
  [/unable to load certificate|no start line|bad end line/, () => 'The certificate cannot be read. Expected PEM, the certificate first.'],
  [/ca-file|unable to load [\w./-]+/, () => 'The certificates of the authority cannot be read. Expected one or more in PEM.'],
  [/verify is enabled by default but no CA/, () => 'The certificate of the server is to be verified, but there is no CA to do it with.'],
  [
    /not supported by crypt/,
    () => 'The hash of a password is of a kind that this machine does not know. Expected one of crypt(3), such as $5$ or $6$.',
  ],
  [/status code/, () => 'A status code is not valid here.'],
  [
    /^cannot listen on ([\w.:[\]]+)$/,
    (address) =>
      `It cannot listen on ${address}: another program has that address, or this one may not have it. Choose another port, or free it and edit this.`,
  ],
  [/[Ii]nvalid variable name/, () => 'A variable has to begin with its scope: txn, req, res, sess or proc.'],
  [/unable to parse headers/, () => 'A file is to hold an HTTP response and does not.'],
];

/** The rule in which HAProxy was reading. */
const inRule = /while parsing (?:an? )?'([a-z-]+(?: [a-z-]+)?)(?:\([^)']*\))?'/;

/**
 * Says in our words why HAProxy refuses something: what was found, and what is expected. Where HAProxy says something that we have no words
 * for, its own ones come back.
 * @param text - of a {@link CheckMessage}: cleaned already.
 */
export function explainRefusal(text: string): string {
  for (const [words, explain] of meanings) {
    const match = words.exec(text);
    if (match !== null) return inRuleMessage(text, explain(...match.slice(1)));
  }
  return text;
}

function inRuleMessage(text: string, meaning: string): string {
  const rule = inRule.exec(text)?.[1];
  return rule === undefined ? meaning : `In "${rule}": ${meaning}`;
}

/** The same as a sentence of its own, safe to show. */
export function refusalSentence(text: string): string {
  if (text === '') return 'It does not say why.';
  const said = explainRefusal(text);
  return said === text ? `It says ${quote(text)}.` : said;
}

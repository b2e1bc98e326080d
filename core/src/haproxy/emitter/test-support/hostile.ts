import fc from 'fast-check';

/** Strings that have hurt someone's configuration, or could. None has a control character: those are refused, not encoded. */
export const hostile: readonly string[] = [
  '', ' ', '  ', ' a', 'a ', 'a  b', 'a', '0', '-1', '00', '1e9', "'", "''", '"', '""', '"a', 'a"', '"a b"', "a'b", '\\', '\\\\', '\\\\\\',
  '\\n', '\\r\\n', '\\x00', '\\x41', '\\"', "\\'", '\\ ', '\\#', '\\$', '\\1', '\\0', '\\\\1', '\\Q', '\\E', '\\Qa\\E', '#', '# comment', 'a#b',
  'a # b', '$', '$HOME', '${HOME}', '"$HOME"', '"${HOME[*]}"', '$$', '%', '%%', '%%%', '%[', '%]', '%[src]', '%%[src]', '%[env(HOME)]', '%H', '%{+Q}o', '%{',
  '%[str(a)]', '%[str("a")]', '% [src]', '%1', '%20', '%0a', '%00', '%(x)[src]', '[', ']', '[[]]', '[^a]', '[:alpha:]', '(', ')', '()', '(a', 'a)', '((', '))', ',', ',,',
  'a,b', 'a),b', 'a),lower', '),upper,str(', '{', '}', '{}', '{ }', '} if TRUE', '}}', '!', '!{', '! {', '!a', '||', 'or', 'OR', 'and', 'if', 'unless', 'if TRUE', 'unless FALSE',
  '-i', '-f', '-f /etc/passwd', '--', '-m', '-m reg', '-M', '-u 5', '-', '---', 'eq', 'gt', 'lt 5', 'TRUE', '.', '..', '../../etc/passwd', '.*', '.+', '^', '$^', '^a$', 'a|b', '|',
  '*', '+', '?', 'a?', 'a{2}', 'a{2', '(?i)a', '(?#', '(?:', '(*FAIL)', '\\d+', '\\b', '/', '//', '/a b', 'a;b', ';', '; shutdown', '&', '&&', '<', '<<', '<<EOF', '>', '=', '~', '`', '``', '`id`',
  '$(id)', '@', '@1', ':', '::', '::1', '10.0.0.0/8', 'http://a/?b=c#d', 'max-age=1; includeSubDomains', 'a=b; Path=/; HttpOnly', 'Basic YWJj', 'W/"abc"', 'text/html; charset="utf-8"',
  'server x 1.2.3.4', 'backend x', 'global', 'http-request deny', 'deny if TRUE', 'str(a)', 'str(', 'lower', 'src', 'var(txn.x)', 'string', 'lf-string x', 'hdr X y', 'content-type',
  'é', 'ü ä', 'ß', '日本語', '🙂', '🙂🙂 "x" \\', 'a\u0301', '\u00a0', '\u200b', '\ufeff', '\u202e', '\ufffd', '\u{10ffff}', 'Ω%Ω', '"é"', "a'b\"c", 'x'.repeat(300), '"'.repeat(40), '\\'.repeat(41), '%'.repeat(41),
  "'\"'\"'", '"\'"\'"', '\\"\\\'', '$\\{a}', '{"a":"b c","d":["e"]}', '<script>alert("x")</script>', 'a\\', '\\a', 'C:\\dir\\new', '^(.*)$', '(a+)+$', '[a-z', 'a-z]',
];

// Characters that mean something to one of the grammars, and a few that mean nothing.
const alphabet = [...'"\'\\$#%[](){},;|&<>!?*+.^~`@:/=- aA0_é🙂\u00a0'];
const notControl = (text: string): boolean => !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u.test(text);

/** Any text that has an encoding. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  fc.array(fc.constantFrom(...alphabet), { maxLength: 24 }).map((characters) => characters.join('')),
  fc.array(fc.constantFrom(...hostile), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', maxLength: 30 }).filter(notControl),
  fc.string({ unit: 'binary', maxLength: 30 }).filter(notControl),
);

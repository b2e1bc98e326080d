/**
 * HAProxy's reading of one configuration line, written from its source (`parse_line`) and apart from the emitter: the words as bytes, in
 * Latin-1. Environment variables are not expanded but shown as an error, as no value may ever bring one.
 */
export function readLine(line: string): readonly string[] {
  const bytes = Buffer.from(line, 'utf8').toString('latin1');
  const words: string[] = [];
  let word: string | undefined;
  let single = false;
  let double = false;
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes.charAt(i);
    if (c === '\0' || c === '\n' || c === '\r') throw new Error('a byte that ends the line');
    if (c === '"' && !single) {
      double = !double;
      word ??= '';
    } else if (c === "'" && !double) {
      single = !single;
      word ??= '';
    } else if (c === '\\' && !single) {
      const next = bytes.charAt(++i);
      word ??= '';
      if (next === 'x') {
        const code = Number.parseInt(bytes.slice(i + 1, i + 3), 16);
        if (!(code > 0)) throw new Error('a bad escape');
        word += String.fromCharCode(code);
        i += 2;
      } else if ('nrt'.includes(next)) word += { n: '\n', r: '\r', t: '\t' }[next];
      else word += ' \\"\'#'.includes(next) || (next === '$' && double) ? next : `\\${next}`;
    } else if (c === '$' && double) throw new Error('an environment variable');
    else if (c === '#' && !single && !double) break;
    else if ((c === ' ' || c === '\t') && !single && !double) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + c;
  }
  if (single || double) throw new Error('an open quote');
  if (word !== undefined) words.push(word);
  return words;
}

/** A string's UTF-8 bytes in Latin-1, as {@link readLine} has them. */
export function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** HAProxy's reading of one argument in parentheses (`make_arg_list`), from its opening parenthesis or comma on. */
export function readArgument(text: string): { readonly value: string; readonly rest: string } {
  let value = '';
  let quote = '';
  let i = 0;
  for (; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === quote) quote = '';
    else if (quote === '' && (c === '"' || c === "'")) quote = c;
    else if (c === '\\' && quote !== "'") {
      const next = text.charAt(++i);
      value += '\\ "\''.includes(next) ? next : ({ n: '\n', r: '\r', t: '\t' }[next] ?? `\\${next}`);
    } else if (quote === '' && (c === ',' || c === ')')) break;
    else value += c;
  }
  return { value, rest: text.slice(i) };
}

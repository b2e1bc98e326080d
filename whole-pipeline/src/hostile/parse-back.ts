import type { ConfigFile, HaproxyRow, Pipeline } from '@signalbox/core';

/** The words of a line of configuration as HAProxy cuts them; written apart from the emitter. */
export function wordsOf(line: string): number {
  let words = 0;
  let isInWord = false;
  let quote = '';
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    const isBlank = quote === '' && (character === ' ' || character === '\t');
    if (quote === '' && character === '#') break;
    if (isBlank) isInWord = false;
    else if (!isInWord) {
      isInWord = true;
      words += 1;
    }
    if (character === '\\' && quote !== "'") at += 1;
    else if (character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === '$' && quote === '"') throw new Error('an environment variable');
  }
  if (quote !== '') throw new Error('an open quote');
  return words;
}

const control = /[\u0000-\u0008\u000b-\u001f\u007f]/;

/** What is wrong with files that were rendered of a pipeline's rows: lines that are more, fewer or other than there are rows. */
export function misreading(pipeline: Pipeline, files: readonly ConfigFile[]): string | undefined {
  const rows = pipeline.model.tables.flatMap((table) => [...table.rows.values()]);
  const lines = (matches: (path: string) => boolean): string[] =>
    files.filter(({ path }) => matches(path)).flatMap(({ content }) => content.split('\n').filter((line) => line !== ''));
  const of = <T extends HaproxyRow['type']>(type: T): Extract<HaproxyRow, { type: T }>[] =>
    rows.filter((row): row is Extract<HaproxyRow, { type: T }> => row.type === type);
  const config = lines((path) => path.endsWith('.cfg')).filter((line) => !/^ *#/.test(line));
  const strange = config.find((line) => control.test(line));
  if (strange !== undefined) return `a control character in ${JSON.stringify(strange)}`;
  const sections = of('section');
  const expected = [
    ['sections', config.filter((line) => /^\S/.test(line)).length, sections.length],
    ['lines', config.length, sections.reduce((sum, { directives }) => sum + 1 + directives.length, 0) + of('server').length],
    ['map rows', lines((path) => path.startsWith('maps/')).length, of('map').length],
    ['crt-list rows', lines((path) => path === 'crt-list.txt').length, of('crt').length],
    [
      'list entries',
      lines((path) => path.startsWith('patterns/')).length,
      of('list').reduce((sum, { entries }) => sum + entries.length, 0),
    ],
  ] as const;
  const wrong = expected.find(([, found, wanted]) => found !== wanted);
  if (wrong !== undefined) return `${wrong[1]} ${wrong[0]} in files, ${wrong[2]} in the model`;
  return wrongWords(sections, config) ?? wrongMapRow(lines((path) => path.startsWith('maps/')));
}

/** Every directive has as many words as it was made of. */
function wrongWords(sections: readonly Extract<HaproxyRow, { type: 'section' }>[], config: readonly string[]): string | undefined {
  const made = sections.flatMap(({ directives }) => directives.map(({ directive }) => directive.words.length)).sort((a, b) => a - b);
  const read = config
    .filter((line) => line.startsWith('  ') && !line.startsWith('  server '))
    .map(wordsOf)
    .sort((a, b) => a - b);
  const at = made.findIndex((words, index) => words !== read[index]);
  return at < 0 ? undefined : `a line of ${read[at] ?? 0} words where one of ${made[at] ?? 0} was made`;
}

function wrongMapRow(rows: readonly string[]): string | undefined {
  const row = rows.find((each) => !/^[^\s#]\S* \S+$/.test(each));
  return row === undefined ? undefined : `the map row ${JSON.stringify(row)}`;
}

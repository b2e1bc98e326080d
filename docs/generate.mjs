/**
 * Keeps docs/ in step with the code. `node docs/generate.mjs --check` says what is out of date and which links lead nowhere, and exits
 * with 1 then; `--write` writes anew what is generated:
 *
 * - docs/reference/annotations.md, from the schemas of the plugins that `signalbox` is composed of;
 * - docs/reference/flags.md, from its command line;
 * - the excerpts of sources in all pages: what stands between `<!-- region: FILE#NAME -->` and `<!-- end -->`.
 *
 * It reads dist/, so the build has to be fresh.
 */
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, extname, join, relative } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { annotationsPage } from './generate/annotations-page.mjs';
import { flagsPage } from './generate/flags-page.mjs';
import { brokenLinks } from './generate/links.mjs';

const root = dirname(import.meta.dirname);
const [mode, ...rest] = process.argv.slice(2);
if ((mode !== '--check' && mode !== '--write') || rest.length > 0) {
  process.stderr.write('generate knows --check and --write\n');
  process.exit(2);
}

const pages = globSync(['*.md', 'docs/**/*.md', 'examples/*/*.md'], { cwd: root }).sort();
const texts = new Map(pages.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
const problems = [];

const wanted = new Map([...texts].map(([path, text]) => [path, withExcerpts(path, text)]));
wanted.set('docs/reference/annotations.md', await formatted('docs/reference/annotations.md', await annotationsPage()));
wanted.set('docs/reference/flags.md', await formatted('docs/reference/flags.md', await flagsPage()));

for (const [path, text] of wanted) {
  const before = texts.get(path);
  if (before === text) continue;
  if (mode === '--write') {
    writeFileSync(join(root, path), text);
    console.log(`${path} written`);
  } else {
    problems.push(`${path} is not what the code says (${firstDifference(before ?? '', text)}); run: npm run check -- --write`);
  }
}
problems.push(...brokenLinks(root, wanted));
for (const problem of problems) console.log(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

/** @param {string} path @param {string} text */
async function formatted(path, text) {
  return format(text, { ...(await resolveConfig(join(root, path))), filepath: path });
}

/** Puts the regions of sources into a page. @param {string} path @param {string} text */
function withExcerpts(path, text) {
  return text.replace(/(<!-- region: (\S+?)#(\S+) -->\n)[\s\S]*?(<!-- end -->)/g, (all, start, file, name, end) => {
    const excerpt = region(file, name);
    if (excerpt !== undefined) return `${start}\n\`\`\`${extname(file).slice(1)}\n${excerpt}\n\`\`\`\n\n${end}`;
    problems.push(`${path} quotes the region "${name}" of ${file}, which is not there`);
    return all;
  });
}

/** Lines between `// #region NAME` and `// #endregion`, without their common indent. @param {string} file @param {string} name */
function region(file, name) {
  if (!existsSync(join(root, file))) return undefined;
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const from = lines.findIndex((line) => line.trim() === `// #region ${name}`);
  const length = lines.slice(from).findIndex((line) => line.trim().startsWith('// #endregion'));
  if (from < 0 || length < 0) return undefined;
  const excerpt = lines.slice(from + 1, from + length);
  const indent = Math.min(...excerpt.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
  return excerpt.map((line) => line.slice(indent)).join('\n');
}

/** @param {string} found @param {string} expected */
function firstDifference(found, expected) {
  const [before, after] = [found.split('\n'), expected.split('\n')];
  const at = after.findIndex((line, index) => line !== before[index]);
  const line = at < 0 ? after.length : at;
  const cut = (text) => (text === undefined ? 'nothing' : JSON.stringify(text.slice(0, 80)));
  return `line ${line + 1}: found ${cut(before[line])}, expected ${cut(after[line])}; see ${relative(root, import.meta.filename)}`;
}

/**
 * `npm run bundle`: writes the controller as one file that runs without node_modules, `controller/dist/signalbox.mjs`, and beside it
 * the licences of all that is in it. It needs the build: package.json sees to that.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { rolldown } from 'rolldown';
import { readJson, root } from './workspaces.mjs';

const entry = join(root, 'controller', 'dist', 'main.js');
const usualFile = join(root, 'controller', 'dist', 'signalbox.mjs');

const kubernetesClient = /[\\/]@kubernetes[\\/]client-node[\\/]/;

/** Helpers that the bundler itself adds; they have its licence. */
const bundlerRuntime = '\0rolldown/runtime.js';

/**
 * @param {{ file?: string }} [options]
 * @returns {Promise<{ file: string, licences: string, bytes: number }>}
 */
export async function bundle({ file = usualFile } = {}) {
  const licences = file.replace(/\.mjs$/, '.LICENSES.txt');
  const build = await rolldown({
    cwd: root,
    input: 'signalbox',
    platform: 'node',
    // We take one class of it. It does not say that its modules do nothing by themselves, so that all of its 8 MB would come along.
    treeshake: { moduleSideEffects: [{ test: kubernetesClient, sideEffects: false }] },
    plugins: [entryPoint(), textsBesideOurCode(), onlyAgents(), plainHttp()],
    logLevel: 'warn',
    onLog(level, log, next) {
      // What is not found stays an import of a file that has no node_modules.
      if (log.code === 'UNRESOLVED_IMPORT') throw new Error(log.message);
      // Of others, and checked at their place: they use it on purpose.
      if (log.code !== 'EVAL') next(level, log);
    },
  });
  const { output } = await build.generate({
    format: 'esm',
    banner: banner(),
    codeSplitting: false,
    comments: false,
    // Half the bytes to read at each start. A stack still tells functions and classes by their names.
    minify: { compress: false, mangle: { keepNames: { function: true, class: true } }, codegen: { removeWhitespace: true } },
  });
  await build.close();
  const [chunk, ...others] = output;
  if (others.length > 0) throw new Error(`It is more than one file: ${others.map(({ fileName }) => fileName).join(', ')}`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, chunk.code);
  chmodSync(file, 0o755);
  writeFileSync(licences, licenceText(chunk.moduleIds));
  return { file, licences, bytes: Buffer.byteLength(chunk.code) };
}

/** What `bin/signalbox.mjs` does, for a program that is in the same file. */
function entryPoint() {
  return {
    name: 'entry-point',
    resolveId: (id) => (id === 'signalbox' ? id : undefined),
    load: (id) =>
      id === 'signalbox'
        ? `import { main } from ${JSON.stringify(entry)};\nprocess.exitCode = await main(process.argv.slice(2));\n`
        : undefined,
  };
}

/** Our own code reads its version from a file beside it; here there is none, so the text itself stands in its place. */
function textsBesideOurCode() {
  const reading = /readFileSync\(new URL\('([^']+)', import\.meta\.url\), 'utf8'\)/g;
  return {
    name: 'texts-beside-our-code',
    transform(code, id) {
      if (!id.startsWith(root) || id.includes(`${sep}node_modules${sep}`) || !code.includes('import.meta.url')) return undefined;
      const read = code.replaceAll(reading, (_call, path) => JSON.stringify(readFileSync(resolve(dirname(id), path), 'utf8')));
      if (read.includes('import.meta.url')) throw new Error(`${id} wants a file beside it that is not in the bundle`);
      return { code: read, map: null };
    },
  };
}

/** Of undici we take what speaks HTTP. The rest, a browser's sockets, caches and mocks, would be a third of the file, read at each start. */
function onlyAgents() {
  const from = (...path) => JSON.stringify(join(root, 'node_modules', 'undici', 'lib', ...path));
  const lines = [
    `export { default as Agent } from ${from('dispatcher', 'agent.js')};`,
    `export { default as ProxyAgent } from ${from('dispatcher', 'proxy-agent.js')};`,
    `import Dispatcher from ${from('dispatcher', 'dispatcher.js')};`,
    `import methods from ${from('api', 'index.js')};`,
    'Object.assign(Dispatcher.prototype, methods);',
    // Named by what is left out of the Kubernetes client. To look at Node's would load it.
    'export const fetch = undefined;',
  ];
  return {
    name: 'only-agents',
    resolveId: (id) => (id === 'undici' ? id : undefined),
    load: (id) => (id === 'undici' ? lines.join('\n') : undefined),
  };
}

/** An `import` of Node's own `http` reads all that it exports, and with that loads the WebSocket of browsers: some 80 ms at each start. */
function plainHttp() {
  const isRead = (name) => Object.getOwnPropertyDescriptor(http, name)?.get !== undefined;
  const names = Object.keys(http).filter((name) => !isRead(name));
  const code = `const http = process.getBuiltinModule('node:http');\nexport default http;\nexport const { ${names.join(', ')} } = http;`;
  return {
    name: 'plain-http',
    resolveId: (id, _importer, { kind }) => (/^(?:node:)?http$/.test(id) && kind === 'import-statement' ? '\0plain-http' : undefined),
    load: (id) => (id === '\0plain-http' ? code : undefined),
  };
}

/**
 * Comes before all else, so that an old Node is told what is wrong. The first line saves memory, with 1,000 Ingresses 20 of 150 MB: one arena of
 * malloc for all threads, and half of V8's usual young generation. A smaller one saves no more, and a start takes longer: 1.7 instead of 1.3 s.
 * What Node reads into, 64 KB at a time, goes back to the system when it is free: 7 MB more, and 16 with 5,000.
 */
function banner() {
  const { version, engines } = readJson(join(root, 'controller', 'package.json'));
  const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node);
  return `#!/usr/bin/env -S MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=49152 MALLOC_TRIM_THRESHOLD_=131072 node --max-semi-space-size=16
/*! Signalbox ${version}, Apache-2.0. The licences of what else is in here stand in signalbox.LICENSES.txt. */
{
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < ${major} || (major === ${major} && minor < ${minor})) {
    process.stderr.write(\`signalbox: Node ${major}.${minor} or newer is needed, this is \${process.versions.node}; see https://nodejs.org.\\n\`);
    process.exit(1);
  }
}`;
}

/** @param {readonly string[]} moduleIds */
function licenceText(moduleIds) {
  const theirs = moduleIds.filter((id) => id.includes(`${sep}node_modules${sep}`)).map(packageOf);
  const bundler = moduleIds.includes(bundlerRuntime) ? [join(root, 'node_modules', 'rolldown')] : [];
  const parts = [...new Set([...theirs, ...bundler])].map(licenceOf).sort((a, b) => (a.title < b.title ? -1 : 1));
  const ours = { title: 'Signalbox (Apache-2.0)', text: readFileSync(join(root, 'LICENSE'), 'utf8') };
  const rule = '-'.repeat(100);
  return [ours, ...parts].map(({ title, text }) => `${rule}\n${title}\n${rule}\n\n${text.trim()}\n`).join('\n');
}

/** The folder of the package that a module is part of. @param {string} id */
function packageOf(id) {
  for (let folder = dirname(id); folder.includes(`${sep}node_modules${sep}`); folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    // Some have more of them inside, which only say what kind of modules those are.
    if (existsSync(path) && readJson(path).version !== undefined) return folder;
  }
  throw new Error(`${id} is in no package`);
}

/** @param {string} folder @returns {{ title: string, text: string }} */
function licenceOf(folder) {
  const { name, version, license } = readJson(join(folder, 'package.json'));
  if (typeof license !== 'string') throw new Error(`${name} says nothing about its licence`);
  const files = readdirSync(folder).filter((each) => /^(licen[cs]e|notice|copying)/i.test(each));
  const texts = files.sort().map((each) => readFileSync(join(folder, each), 'utf8').trim());
  return { title: `${name} ${version} (${license})`, text: texts.length > 0 ? texts.join('\n\n') : authorOf(folder) };
}

/** For the few that have no file. @param {string} folder */
function authorOf(folder) {
  const { author, homepage, repository } = readJson(join(folder, 'package.json'));
  const by = typeof author === 'object' ? author.name : author;
  return [by && `Copyright ${by}`, homepage ?? repository?.url ?? repository].filter((each) => each !== undefined).join('\n');
}

if (import.meta.main) {
  const { file, licences, bytes } = await bundle();
  const shown = (path) => relative(process.cwd(), path) || '.';
  process.stdout.write(`${shown(file)}: ${(bytes / 1e6).toFixed(1)} MB; licences in ${shown(licences)}\n`);
}

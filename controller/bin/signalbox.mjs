#!/usr/bin/env node
// Runs on any Node that knows modules, so that an old one can be told what is wrong; everything newer is behind the import.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const oldest = [22, 19];
const [major, minor] = process.versions.node.split('.').map(Number);
const program = new URL('../dist/main.js', import.meta.url);

if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  process.stderr.write(
    'signalbox: Node ' +
      oldest.join('.') +
      ' or newer is needed, this is ' +
      process.versions.node +
      '.\n' +
      'In a clone of the repository start it with "npx signalbox" or "node_modules/.bin/node ' +
      process.argv[1] +
      '", which take the Node that\n' +
      'is installed with it; otherwise install a newer one from https://nodejs.org.\n',
  );
  process.exitCode = 1;
} else if (!existsSync(fileURLToPath(program))) {
  process.stderr.write('signalbox: it is not built yet. In a clone of the repository run "npm run build" first.\n');
  process.exitCode = 1;
} else {
  const { main } = await import(program.href);
  process.exitCode = await main(process.argv.slice(2));
}

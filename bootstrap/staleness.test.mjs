import { appendFileSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildStamp } from './build.mjs';
import { explainNpm, installStamp, matchesLockfile } from './install.mjs';
import { referenceProblems } from './references.mjs';
import { workspaces } from './workspaces.mjs';

let root;
const write = (path, content) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), typeof content === 'string' ? content : JSON.stringify(content));
};

const core = { name: '@signalbox/core', version: '1.0.0', dependencies: { dequal: '^2.0.0' } };
const plugin = { name: '@signalbox/p', version: '1.0.0', peerDependencies: { '@signalbox/core': '1.0.0' } };
const dequal = { version: '2.0.3', integrity: 'sha512-x' };

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'signalbox-bootstrap-'));
  write('package.json', { name: 'w', workspaces: ['core', 'plugins/*', 'bench'] });
  write('core/package.json', core);
  write('plugins/p/package.json', plugin);
  write('tsconfig.json', { references: [{ path: 'core' }, { path: 'plugins/p' }] });
  write('core/tsconfig.json', {});
  write('plugins/p/tsconfig.json', { references: [{ path: '../../core' }] });
  write('core/src/index.ts', 'export {};');
  const packages = {
    '': { name: 'w' },
    core,
    'plugins/p': plugin,
    'node_modules/dequal': dequal,
    'node_modules/fsevents': { version: '1.0.0', optional: true },
  };
  write('package-lock.json', { packages });
  write('node_modules/.package-lock.json', { packages: { core, 'plugins/p': plugin, 'node_modules/dequal': dequal } });
});
afterEach(() => rmSync(root, { recursive: true }));

it('lists the workspaces that exist', () => {
  expect(workspaces(root).map(({ folder }) => folder)).toEqual(['core', 'plugins/p']);
});

describe('an installation', () => {
  it('stays fresh when a script is added', () => {
    const before = installStamp(root);
    write('core/package.json', { ...core, scripts: { x: 'y' } });
    expect(installStamp(root)).toBe(before);
  });

  it('is stale when a workspace asks for something else, or the lockfile changes', () => {
    const before = installStamp(root);
    write('core/package.json', { ...core, dependencies: {} });
    const after = installStamp(root);
    expect(after).not.toBe(before);
    write('package-lock.json', { packages: {} });
    expect(installStamp(root)).not.toBe(after);
  });

  it('matches the lockfile when all but optional packages are there', () => {
    expect(matchesLockfile(root)).toBe(true);
  });

  it.each([
    ['nothing is installed', () => rmSync(join(root, 'node_modules'), { recursive: true })],
    ['a package is missing', () => write('node_modules/.package-lock.json', { packages: { core, 'plugins/p': plugin } })],
    ['a version differs', () => write('package-lock.json', { packages: { 'node_modules/dequal': { version: '2.0.4' } } })],
    ['a workspace has a new dependency', () => write('plugins/p/package.json', { ...plugin, dependencies: { yaml: '^2.0.0' } })],
    [
      'a command is not linked',
      () => {
        write('core/package.json', { ...core, bin: { cmd: './cmd.mjs' } });
        write('core/cmd.mjs', '');
      },
    ],
  ])('does not match the lockfile when %s', (_what, change) => {
    change();
    expect(matchesLockfile(root)).toBe(false);
  });
});

describe('a build', () => {
  it.each([
    ['a source grows', () => appendFileSync(join(root, 'core/src/index.ts'), '// more')],
    ['a source is replaced by an older one of the same size', () => utimesSync(join(root, 'core/src/index.ts'), 1000, 1000)],
    ['a source is added', () => write('plugins/p/src/deep/er.ts', '')],
    ['a source is removed', () => rmSync(join(root, 'core/src/index.ts'))],
    ['a tsconfig.json changes', () => write('core/tsconfig.json', { compilerOptions: {} })],
    ['other packages are installed', () => write('node_modules/.package-lock.json', { packages: {} })],
  ])('is stale when %s', (_what, change) => {
    const before = buildStamp(root);
    change();
    expect(buildStamp(root)).not.toBe(before);
  });

  it('stays fresh when only outputs and documents change', () => {
    const before = buildStamp(root);
    write('core/dist/index.d.ts', 'export {};');
    write('core/README.md', '# Core');
    expect(buildStamp(root)).toBe(before);
  });
});

describe('the references', () => {
  it('are good when they say what package.json says', () => {
    expect(referenceProblems(root)).toEqual([]);
  });

  it('are told when one is missing or too many', () => {
    write('plugins/p/package.json', { name: '@signalbox/p' });
    write('tsconfig.json', { references: [{ path: 'core' }] });
    expect(referenceProblems(root)).toEqual([
      'tsconfig.json lacks a reference to plugins/p',
      'plugins/p/tsconfig.json refers to core, which its package.json does not name',
    ]);
  });
});

it.each([
  ['npm error code ENOTFOUND\nnpm error network request to https://r.test/x failed', /could not reach its registry/],
  ['npm error code E404', /refused a package/],
  ['npm error `npm ci` can only install packages when your package.json and package-lock.json or x are in sync', /Run: npm install/],
  ['npm error code ENOSPC', /disk is full/],
  ['npm error something new', /Put right what npm says/],
])('explains %j', (output, explanation) => {
  expect(explainNpm(output)).toMatch(explanation);
});

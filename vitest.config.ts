import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { root, workspaces } from './bootstrap/workspaces.mjs';

// Tests run on the sources of every package, whatever `dist` holds.
const sources = workspaces()
  .filter(({ manifest }) => String(manifest['name']).startsWith('@signalbox/'))
  .map(({ folder, manifest }) => ({
    find: new RegExp(`^${String(manifest['name'])}$`),
    replacement: join(root, folder, 'src', 'index.ts'),
  }));

export default defineConfig({
  resolve: { alias: sources },
  test: {
    include: ['*/src/**/*.test.ts', '{plugins,adapters,examples}/*/src/**/*.test.ts', 'examples/*/*.test.ts', 'bootstrap/**/*.test.mjs'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    maxWorkers: 2,
    testTimeout: 20_000,
    reporters: ['default', './bootstrap/plain-line-reporter.mjs'],
  },
});

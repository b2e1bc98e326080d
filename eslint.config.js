import { builtinModules } from 'node:module';
import tsdoc from 'eslint-plugin-tsdoc';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const tests = ['**/*.test.ts'];

/** Imports point inwards: examples and controller → adapters and plugins → core. */
const samePackage = {
  regex: '^\\.\\.?/(.*/)?(src|dist)(/|$)',
  message: 'That is inside another package: import what its index exports, by its name.',
};
const noDeepPaths = { regex: '^@signalbox/[^/]+/', message: 'Import what the index of the package exports.' };
const coreOnly = {
  regex: '^(signalbox$|@signalbox/(?!core$))',
  message: 'Plugins and adapters import @signalbox/core and no other package of ours.',
};
const coreAndTesting = {
  regex: '^(signalbox$|@signalbox/(?!(core|testing)$))',
  message: 'Tests of plugins and adapters import @signalbox/core and @signalbox/testing.',
};
const nothingOutside = { regex: '^(signalbox$|@signalbox/)', message: 'Core imports nothing outwards.' };

/** What core may use of Node: no files, no network, no processes. */
const pureModules = new Set(['crypto', 'util', 'timers', 'timers/promises']);
const impureModules = builtinModules.filter((name) => !pureModules.has(name)).flatMap((name) => [name, `node:${name}`]);

const imports = (patterns, names = []) => ({
  'no-restricted-imports': [
    'error',
    { patterns, paths: names.map((name) => ({ name, message: 'Core does no I/O: take a port instead, and let an adapter do it.' })) },
  ],
});

const noDefaultExport = [
  { selector: 'ExportDefaultDeclaration', message: 'Export by name.' },
  { selector: "ExportSpecifier[exported.name='default']", message: 'Export by name.' },
];

const messageCall = ['CallExpression[callee.name=/(Error|[mM]essage)$/]', 'CallExpression[callee.property.name=/(Error|[mM]essage)$/]'];
const noTextForHaproxy = {
  selector: [
    'TemplateLiteral[expressions.length>0]',
    ...[
      'TaggedTemplateExpression > *',
      'ThrowStatement *',
      'NewExpression[callee.name=/Error$/] *',
      ...messageCall.map((call) => `${call} *`),
    ].map((allowed) => `:not(${allowed})`),
  ].join(''),
  message:
    'Text for HAProxy goes through the emitter; for messages use the error factories or a function whose name ends with Error or Message.',
};

export default defineConfig(
  globalIgnores(['**/dist/', '**/golden/', '**/fixtures/', 'api/']),
  {
    files: ['**/*.ts'],
    ignores: ['vitest.config.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { tsdoc },
    rules: {
      'tsdoc/syntax': 'error',
      'max-lines': ['warn', { max: 260 }],
      'no-restricted-syntax': ['error', ...noDefaultExport],
      ...imports([samePackage, noDeepPaths]),
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // A port's method is async for the caller's sake, whether this adapter waits for something or not.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['core/src/**/*.ts'],
    ignores: tests,
    rules: imports([samePackage, nothingOutside], impureModules),
  },
  {
    files: ['plugins/*/src/**/*.ts', 'adapters/*/src/**/*.ts', 'testing/src/**/*.ts'],
    ignores: tests,
    rules: imports([samePackage, coreOnly]),
  },
  {
    files: ['core/src/**/*.test.ts', 'plugins/*/src/**/*.test.ts', 'adapters/*/src/**/*.test.ts'],
    rules: imports([samePackage, coreAndTesting]),
  },
  {
    files: ['adapters/sink-*/src/**/*.ts'],
    ignores: tests,
    rules: { 'no-restricted-syntax': ['error', ...noDefaultExport, noTextForHaproxy] },
  },
  {
    files: tests,
    rules: {
      'max-lines': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs', '*.js', 'vitest.config.ts'],
    extends: [tseslint.configs.base],
    rules: {
      'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-undef': 'off',
    },
  },
);

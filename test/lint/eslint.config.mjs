import { fileURLToPath } from 'node:url';
import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';
import { depConstraints } from './layers.mjs';

const limits = (files, fileLines, functionLines) => ({
  files,
  ignores: ['**/*.spec.ts', '**/*.conformance.ts'],
  rules: {
    'max-lines': ['error', { max: fileLines, skipBlankLines: true, skipComments: true }],
    'max-lines-per-function': [
      'error',
      { max: functionLines, skipBlankLines: true, skipComments: true },
    ],
  },
});

const root = fileURLToPath(new URL('../..', import.meta.url));

// What only the types can tell.
const TYPED = {
  '@typescript-eslint/no-floating-promises': 'error',
  '@typescript-eslint/no-misused-promises': 'error',
  '@typescript-eslint/switch-exhaustiveness-check': 'error',
  '@typescript-eslint/no-unsafe-argument': 'error',
  '@typescript-eslint/no-unsafe-assignment': 'error',
  '@typescript-eslint/no-unsafe-call': 'error',
  '@typescript-eslint/no-unsafe-member-access': 'error',
  '@typescript-eslint/no-unsafe-return': 'error',
};

// On a server these end the process when they are called on a stream whose handshake has failed
// (Node 24 still), and `authorized` is no decision: who a device is, is decided from its
// certificate. What the handshake has shown is taken down once, by the TLS door.
const TLS_STATE = [
  'authorized|authorizationError|getCertificate|getCipher|getEphemeralKeyInfo|getFinished',
  'getPeerCertificate|getPeerFinished|getPeerX509Certificate|getProtocol|getSession',
  'getSharedSigalgs|getTLSTicket|getX509Certificate|isSessionReused',
].join('|');

// Pure core: no framework, no clock, no socket, no chance of its own.
const PURE_GLOBALS = ['setTimeout', 'setInterval', 'fetch', 'process'].map((name) => ({
  name,
  message: 'The core knows no clock and no socket: take it as an argument.',
}));

export default defineConfig(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**'] },
  js.configs.recommended,
  // Comments alone: the width of code is prettier's.
  {
    rules: {
      'max-len': [
        'error',
        {
          ...{ code: 500, comments: 100, ignoreUrls: true },
          ...{ ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true },
        },
      ],
    },
  },
  {
    files: ['{apps,libs,test}/**/*.ts'],
    extends: [tseslint.configs.recommended],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: root } },
    rules: {
      ...TYPED,
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints },
      ],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/ban-ts-comment': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_' },
      ],
      complexity: ['error', 12],
    },
  },
  // Files outside a project have no boundary to keep.
  { files: ['test/**/*.ts'], rules: { '@nx/enforce-module-boundaries': 'off' } },
  limits(
    ['{apps,test}/**/*.ts', 'libs/{event-store,event-bus,device-transport,test-kit}/**/*.ts'],
    300,
    50,
  ),
  limits(['libs/{application,projections,services,ports,kernel}/**/*.ts'], 200, 40),
  limits(['libs/{domain,dialects,contracts}/**/*.ts'], 150, 30),
  {
    files: ['libs/{device-transport,services}/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/tls-door.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: `MemberExpression[property.name=/^(${TLS_STATE})$/]`,
          message: 'Ask a TLS stream nothing: some getters end the process. See tls-door.ts.',
        },
      ],
    },
  },
  {
    files: ['libs/{domain,dialects,contracts,application,kernel}/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': ['error', ...PURE_GLOBALS],
      'no-restricted-properties': [
        'error',
        { object: 'Date', property: 'now', message: 'Time is an argument.' },
        { object: 'Math', property: 'random', message: 'Randomness is an argument.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@tallystick/ports',
              importNames: ['keepTrying', 'pause', 'withinMs'],
              message: 'The core has no timer: take the pause as an argument.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['**/*.spec.ts', '**/*.conformance.ts'],
    rules: {
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': 'off',
      complexity: 'off',
    },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'process',
          'console',
          'URL',
          'performance',
          'setInterval',
          'clearInterval',
          'setTimeout',
          'clearTimeout',
          'Buffer',
          'fetch',
          'setImmediate',
        ].map((name) => [name, 'readonly']),
      ),
    },
  },
);

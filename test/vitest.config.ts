import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { testSize, WHOLE_TIMEOUT_MS } from './sizes.ts';
import { SummaryReporter } from './summary-reporter.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = '{libs,libs/services,apps}/*/src/**';
const conditions = ['@tallystick/source'];

const size = testSize(process.env);
/** Tests that go round many times; `npm run soak` runs them alone, and longer. */
const tags = [{ name: 'long', ...(size.times > 1 ? { timeout: WHOLE_TIMEOUT_MS } : {}) }];
/** Set by test/run.ts: when a whole run must have ended. */
const bound = Number(process.env['TEST_BOUND_MINUTES'] ?? 0);

interface ProjectOptions {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  readonly testTimeout: number;
  readonly isolate?: boolean;
  readonly setupFiles?: string[];
  readonly stack?: boolean;
  /** Kinds run one after another. */
  readonly order: number;
  readonly workers?: number;
}

/**
 * Journeys that are judged by how soon something happens: nothing else takes the processor
 * meanwhile. The others mostly wait, two at a time.
 */
const JUDGED_BY_TIME = [
  'test/e2e/05-moving-between-gateways.e2e.spec.ts',
  'test/e2e/06-disable.e2e.spec.ts',
  'test/e2e/07-units.e2e.spec.ts',
];

/** One project a kind of test, told apart by the file's suffix (test/README.md). */
const project = ({
  name,
  include,
  exclude = [],
  testTimeout,
  isolate = true,
  setupFiles = [],
  stack = false,
  order,
  workers,
}: ProjectOptions) => ({
  root,
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    name,
    root,
    include,
    exclude,
    testTimeout,
    hookTimeout: testTimeout,
    pool: 'forks' as const,
    isolate,
    setupFiles,
    provide: { size },
    tags,
    sequence: { groupOrder: order },
    ...(workers === undefined ? {} : { maxWorkers: workers }),
    ...(stack
      ? { globalSetup: [fileURLToPath(new URL('stack/global-setup.ts', import.meta.url))] }
      : {}),
  },
});

export default defineConfig({
  root,
  test: {
    // Once, but for `--watch`.
    watch: false,
    tags,
    reporters: ['default', new SummaryReporter(bound)],
    projects: [
      project({
        name: 'unit',
        include: [`${sources}/*.spec.ts`, 'test/**/*.spec.ts'],
        exclude: ['**/*.{int,e2e}.spec.ts', '**/node_modules/**'],
        testTimeout: 20_000,
        isolate: false,
        setupFiles: ['test/property-runs.ts'],
        order: 0,
        workers: 2,
      }),
      project({
        name: 'int',
        include: [`${sources}/*.int.spec.ts`],
        testTimeout: 60_000,
        stack: true,
        order: 1,
        workers: 2,
      }),
      project({
        name: 'e2e',
        include: [
          `${sources}/*.e2e.spec.ts`,
          'test/e2e/**/*.e2e.spec.ts',
          'test/clients/**/*.e2e.spec.ts',
        ],
        exclude: JUDGED_BY_TIME,
        testTimeout: 240_000,
        stack: true,
        order: 2,
        workers: 2,
      }),
      project({
        name: 'e2e-alone',
        include: JUDGED_BY_TIME,
        testTimeout: 240_000,
        stack: true,
        order: 3,
        workers: 1,
      }),
    ],
  },
});

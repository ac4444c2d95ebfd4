import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SummaryReporter } from './summary-reporter.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = '{libs,libs/services,apps}/*/src/**';
const conditions = ['@tallystick/source'];

interface ProjectOptions {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  readonly testTimeout: number;
  readonly isolate?: boolean;
  readonly stack?: boolean;
  /** Kinds run one after another: journeys are not judged while something else takes the processor. */
  readonly order: number;
  readonly workers?: number;
}

/** One project a kind of test, told apart by the file's suffix (design: style, Tests). */
const project = ({
  name,
  include,
  exclude = [],
  testTimeout,
  isolate = true,
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
    reporters: ['default', new SummaryReporter()],
    projects: [
      project({
        name: 'unit',
        include: [`${sources}/*.spec.ts`, 'test/**/*.spec.ts'],
        exclude: ['**/*.{int,e2e}.spec.ts', '**/node_modules/**'],
        testTimeout: 20_000,
        isolate: false,
        order: 0,
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
        testTimeout: 240_000,
        stack: true,
        order: 2,
        workers: 1,
      }),
    ],
  },
});

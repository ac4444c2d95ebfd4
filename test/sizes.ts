/**
 * How long the long tests are (those with the tag `long`). `npm test` runs them short, `npm run
 * soak` whole: more rounds, and random sequences from a seed of the run's own.
 */
export interface TestSize {
  /** A short test's rounds, runs and seeds are multiplied by this. */
  readonly times: number;
  /** What random sequences begin with; null: with what each test names itself. */
  readonly seed: number | null;
}

const SHORT: TestSize = { times: 1, seed: null };
const WHOLE_TIMES = 5;

/** A long test in its whole size may take this long; in its short one, what its kind may. */
export const WHOLE_TIMEOUT_MS = 20 * 60_000;

/** A whole run ends by then, and what has not run is a failure. */
export const BOUND_MINUTES = { short: 20, whole: 60 };

/** What a run hands to vitest.config.ts, which knows nothing else of its caller. */
export const wholeSettings = (seed: number): Readonly<Record<string, string>> => ({
  TEST_SIZE: 'whole',
  TEST_SEED: String(seed),
});

export function testSize(env: Readonly<Record<string, string | undefined>>): TestSize {
  if (env['TEST_SIZE'] !== 'whole') return SHORT;
  return { times: WHOLE_TIMES, seed: Number(env['TEST_SEED'] ?? 0) };
}

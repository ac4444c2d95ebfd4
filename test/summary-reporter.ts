import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** What was left out because the machine lacks something, and why. */
function notRun(modules: readonly TestModule[]): readonly string[] {
  return modules.flatMap((module) =>
    [...module.children.allTests('skipped')].map((test) => {
      const result = test.result();
      const why = result.state === 'skipped' && result.note ? `: ${result.note}` : '';
      return `${test.fullName}${why}`;
    }),
  );
}

/** Says how a run ended in one line, alone and last: `N passed, N failed[, N skipped]`. */
export class SummaryReporter implements Reporter {
  readonly #boundMinutes: number;
  #isOverBound = false;
  #isSelective = false;

  /** A run that takes longer is ended, and has failed; 0: a run may take as long as it likes. */
  constructor(boundMinutes = 0) {
    this.#boundMinutes = boundMinutes;
  }

  onInit(vitest: Vitest): void {
    const { tagsFilter, testNamePattern } = vitest.config;
    this.#isSelective = tagsFilter !== undefined || testNamePattern !== undefined;
    if (this.#boundMinutes === 0) return;
    const end = (): void => {
      this.#isOverBound = true;
      void vitest.cancelCurrentRun('keyboard-input');
    };
    setTimeout(end, this.#boundMinutes * 60_000).unref();
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const before = count.failed;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === 'pending' ? 'skipped' : state] += 1;
      }
      // A file that does not even load has no failed test of its own.
      if (module.state() === 'failed' && count.failed === before) count.failed += 1;
    }
    if (this.#isOverBound) {
      count.failed += 1;
      process.stdout.write(`\nEnded: the tests took longer than ${this.#boundMinutes} minutes.\n`);
      process.exitCode = 1;
    }
    // What the caller left out himself is no news.
    const left = this.#isSelective && !this.#isOverBound ? [] : notRun(modules);
    for (const line of left) process.stdout.write(`Not run: ${line}\n`);
    const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : '';
    process.stdout.write(`\n${count.passed} passed, ${count.failed} failed${skipped}\n`);
  }
}

import type { IdentityQueries, ViewRunner } from '@tallystick/projections';
import { ProblemError } from '../http/problem.ts';

/** How long a read waits for its view. */
const REACH_MS = 5_000;

/** The projections, and how far they have come. */
export interface Views extends IdentityQueries {
  /** ProblemError `view-behind` when the views do not get there in time. */
  reach(position: number): Promise<void>;
  /** Waits, but not long, until the views have seen all that this process has appended. */
  seeOwn(): Promise<void>;
  /**
   * null only when the view has seen all that this process has appended: whoever was answered 201
   * must not be told that there is nothing. ProblemError `view-behind` when it does not get there
   * in time.
   */
  surely<T>(find: () => Promise<T | null>): Promise<T | null>;
}

/** How long a list waits for what its own process has appended. */
const SOON_MS = 500;

export function createViews(
  queries: IdentityQueries,
  runner: Pick<ViewRunner, 'waitFor' | 'position'>,
  lastAppended: () => number,
): Views {
  const reach = async (position: number): Promise<void> => {
    if (!(await runner.waitFor(position, REACH_MS))) throw new ProblemError('view-behind');
  };
  return {
    ...queries,
    reach,
    seeOwn: async () => void (await runner.waitFor(lastAppended(), SOON_MS)),
    async surely(find) {
      const wanted = lastAppended();
      const behind = runner.position() < wanted;
      const found = await find();
      if (found !== null || !behind) return found;
      await reach(wanted);
      return find();
    },
  };
}

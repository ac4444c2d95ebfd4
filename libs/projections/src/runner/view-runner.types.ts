import type { EventStore, SqlDatabase } from '@tallystick/ports';
import type { IdentityView } from '../views/view.types.ts';

export interface ViewRunnerDeps {
  readonly store: EventStore;
  readonly db: SqlDatabase;
  readonly views: readonly IdentityView[];
  /** A page that could not be applied: it is tried again after a pause. */
  readonly onError?: (error: unknown) => void;
}

export interface ViewRunner {
  /** All views hold everything up to here. */
  position(): number;
  /** False when the time is over first. */
  waitFor(position: number, timeoutMs: number): Promise<boolean>;
  /**
   * Drops the view's rows and folds them from the whole log; resolves when it has caught up with
   * today's head.
   */
  rebuild(viewName: string): Promise<void>;
  stop(): Promise<void>;
}

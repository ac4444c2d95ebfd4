import type { EventStore, Ids, LogReader, SqlDatabase } from '@tallystick/ports';
import type { Check, CheckedView, CheckKind } from '../build/checks.ts';
import type { IdentityView } from '../views/view.types.ts';

export interface ViewRunnerDeps {
  readonly store: EventStore;
  readonly db: SqlDatabase;
  readonly log: LogReader;
  readonly ids: Pick<Ids, 'uuid'>;
  readonly views: readonly IdentityView[];
  /** These views are built before anything is served: it takes as long as the log is. */
  readonly onBuild?: (views: readonly string[]) => void;
  /** A page that could not be applied: it is tried again after a pause. */
  readonly onError?: (error: unknown) => void;
}

export interface ViewRunner {
  /** All views hold everything up to here. */
  position(): number;
  /** False when the time is over first. */
  waitFor(position: number, timeoutMs: number): Promise<boolean>;
  /** How far each view has come, and how many rows it has. */
  list(): Promise<readonly ViewStanding[]>;
  /**
   * Builds these views beside those that are asked, and compares them or switches to them, without
   * stopping anything. Answers with the id of the one that runs, where one does.
   */
  check(kind: CheckKind, names: readonly string[]): Promise<StartedCheck>;
  /** As it stands now, whichever process runs it; null: there is none, or it is long ago. */
  findCheck(checkId: string): Promise<Check | null>;
  stop(): Promise<void>;
}

export interface StartedCheck {
  readonly checkId: string;
  /** False: another one runs, and nothing was begun. */
  readonly asked: boolean;
  /** Ends with the check; null, at once: another process runs it. */
  readonly done: Promise<Check | null>;
}

export interface ViewStanding {
  readonly view: string;
  readonly version: number;
  readonly position: number;
  readonly rows: number;
}

export type { Check, CheckedView, CheckKind };

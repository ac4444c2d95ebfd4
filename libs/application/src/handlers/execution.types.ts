import type { Result } from '@tallystick/kernel';
import type { Appended, AppendRefusal, StreamAppend } from '@tallystick/ports';
import type { Answer, Outcome, Refusal } from './handlers.types.ts';
import type { Ending, QuotaExceeded } from './quota.types.ts';

/** A decided change. `main` is the index of the append whose revision the outcome shows. */
export interface Change<State, Reply> {
  readonly kind: 'change';
  readonly appends: readonly StreamAppend[];
  readonly main: number;
  /** The revision that the outcome shows; absent: that of `main` after the append. */
  readonly revision?: number;
  readonly state: State;
  readonly reply: Reply;
}

export type Step<State, Reply> =
  | Change<State, Reply>
  | { readonly kind: 'same'; readonly outcome: Outcome<State, Reply> }
  /** `record` is appended although the command is refused. */
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly record: StreamAppend | null };

export interface UseCase<State, Reply> {
  /** Calls of one process with the same lock go one after another; null: none waits. */
  readonly lock: string | null;
  /** Loads and decides; called again after a lost race. */
  prepare(): Promise<Step<State, Reply>>;
  /** The stream has changed since it was read: forget what is kept of it. */
  stale(stream: string): void;
  /** Called once, when the call is over. */
  readonly end?: (ending: Ending) => void;
}

/** A call's remaining time. */
export interface Deadline {
  readonly passed: () => boolean;
}

export type Settled<State, Reply> = Result<Outcome<State, Reply>, Refusal>;

/** `settled: false`: that stream was stale. */
export type Attempt<Answered> =
  | { readonly settled: true; readonly answer: Answered }
  | { readonly settled: false; readonly stream: string };

export interface Execution {
  deadline(): Deadline;
  /**
   * Repeats an append of unknown outcome, with the same event ids, until it is known; PortError
   * once the time is over.
   */
  append(
    batch: readonly StreamAppend[],
    deadline: Deadline,
  ): Promise<Result<Appended, AppendRefusal>>;
  /** The same for what an earlier call has planned, and may have written. */
  appendPlanned(
    batch: readonly StreamAppend[],
    deadline: Deadline,
  ): Promise<Result<Appended, AppendRefusal | QuotaExceeded>>;
  /** Prepares, under the use case's lock, until `attempt` settles it or the time is over. */
  repeat<State, Reply, Answered>(
    useCase: UseCase<State, Reply>,
    deadline: Deadline,
    attempt: (step: Step<State, Reply>) => Promise<Attempt<Answered>>,
  ): Promise<Answered | Result<never, Refusal>>;
  /** Settles a refusal, once its record is written. */
  refuse(
    step: Extract<Step<unknown, unknown>, { kind: 'refused' }>,
    deadline: Deadline,
  ): Promise<Attempt<Result<never, Refusal>>>;
  /** Runs the use case without any idempotency. */
  direct<State, Reply>(useCase: UseCase<State, Reply>, deadline: Deadline): Answer<State, Reply>;
}

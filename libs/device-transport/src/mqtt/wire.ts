import type { Deadlines } from './deadlines.ts';
import type { HoldReason } from './holds.ts';

/** The connection as its session sees it. */
export interface Wire {
  write(bytes: Buffer): void;
  readonly unsentBytes: number;
  readonly needsDrain: boolean;
  onceDrained(listener: () => void): void;
  /** Reads no more until every reason to hold has gone. */
  hold(reason: HoldReason): void;
  release(reason: HoldReason): void;
  /** Other terms of time, from now on. */
  retime(change: (deadlines: Deadlines) => void): void;
  /** Ends the connection at once, and tells the session by `left`; idempotent. */
  close(reason: string): void;
}

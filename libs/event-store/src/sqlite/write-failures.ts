import { isPortError } from '@tallystick/kernel';
import type { StoreLog } from '../store-log.ts';

const TOLD_AGAIN_MS = 60_000;

/** Says in the log that a file cannot be written, at most once a minute: a disk that is full fails every call. */
export class WriteFailures {
  readonly #file: string;
  readonly #log: StoreLog;
  readonly #now: () => number;
  #toldAt = -Infinity;

  /** `now`: monotonic milliseconds. */
  constructor(file: string, log: StoreLog, now: () => number = () => performance.now()) {
    this.#file = file;
    this.#log = log;
    this.#now = now;
  }

  note(error: unknown): void {
    if (!isPortError(error, 'unavailable') || this.#now() - this.#toldAt < TOLD_AGAIN_MS) return;
    this.#toldAt = this.#now();
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    this.#log('warn', 'the database file cannot be written', { file: this.#file, error: why });
  }
}

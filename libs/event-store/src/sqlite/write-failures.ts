import { isPortError, OncePerMinute } from '@tallystick/kernel';
import type { StoreLog } from '../store-log.ts';

/**
 * Says in the log that a file cannot be written, at most once a minute: a disk that is full fails
 * every call.
 */
export class WriteFailures {
  readonly #file: string;
  readonly #log: StoreLog;
  readonly #now: () => number;
  readonly #minute = new OncePerMinute();

  /** `now`: monotonic milliseconds. */
  constructor(file: string, log: StoreLog, now: () => number = () => performance.now()) {
    this.#file = file;
    this.#log = log;
    this.#now = now;
  }

  note(error: unknown): void {
    if (!isPortError(error, 'unavailable') || !this.#minute.due(this.#now())) return;
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    this.#log('warn', 'the database file cannot be written', { file: this.#file, error: why });
  }
}

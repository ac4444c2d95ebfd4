import { OncePerMinute } from '@tallystick/kernel';
import type { BusLog } from '../bus-log.ts';

/**
 * Two clocks may drift apart this fast, in milliseconds a millisecond: 200 ppm is more than a bad
 * quartz.
 */
const DRIFT = 0.0002;
/** Kafka stamps in whole milliseconds. */
const GRAIN_MS = 1;
/** Tolerated by everything that compares times (rule 12). */
export const TOLERATED_MS = 30_000;

/** What one answered send tells: the log stamped the record between the two instants. */
export interface SendTimes {
  readonly sentAt: number;
  readonly answeredAt: number;
  /** The log's own time, epoch milliseconds. */
  readonly appendedAt: number;
  /** Monotonic, when it was answered. */
  readonly monotonicMs: number;
}

/**
 * How far this process's wall clock is ahead of the log's. Each send bounds it from both sides; the
 * bounds of several are narrower than those of one. The answer moves only as far as a new bound
 * forces it to, so that corrected times do not jitter. Bounds that contradict what was known (a
 * clock was set, another broker leads) begin anew. A clock that may be right counts as right:
 * machines with good clocks then agree with each other to the millisecond, which no two estimates
 * do.
 */
export class ClockError {
  readonly #log: BusLog;
  readonly #minute = new OncePerMinute();
  #low = -Infinity;
  #high = Infinity;
  #at = 0;
  #ms: number | null = null;

  constructor(log: BusLog) {
    this.#log = log;
  }

  get ms(): number | null {
    return this.#ms;
  }

  observe({ sentAt, answeredAt, appendedAt, monotonicMs }: SendTimes): void {
    const low = sentAt - appendedAt - GRAIN_MS;
    const high = answeredAt - appendedAt + GRAIN_MS;
    const drift = (monotonicMs - this.#at) * DRIFT;
    this.#low = Math.max(this.#low - drift, low);
    this.#high = Math.min(this.#high + drift, high);
    this.#at = monotonicMs;
    if (this.#low > this.#high) {
      [this.#low, this.#high] = [low, high];
      this.#ms = null;
    }
    this.#ms = Math.min(Math.max(this.#ms ?? this.#first(), this.#low), this.#high);
    this.#warn(monotonicMs);
  }

  #first(): number {
    return this.#low <= 0 && this.#high >= 0 ? 0 : (this.#low + this.#high) / 2;
  }

  #warn(monotonicMs: number): void {
    const ms = this.#ms ?? 0;
    if (Math.abs(ms) <= TOLERATED_MS || !this.#minute.due(monotonicMs)) return;
    const seconds = Math.round(ms / 1_000);
    const more = 'the clock of this machine is too far from the clock of the brokers: set it right';
    this.#log('error', more, { secondsAhead: seconds, toleratedSeconds: TOLERATED_MS / 1_000 });
  }
}

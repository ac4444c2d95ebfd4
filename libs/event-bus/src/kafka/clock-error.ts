import { OncePerMinute } from '@tallystick/kernel';
import type { BusLog } from '../bus-log.ts';

/**
 * Two clocks may drift apart this fast, in milliseconds a millisecond: 200 ppm is more than a bad
 * quartz.
 */
const DRIFT = 0.0002;
/** Kafka stamps in whole milliseconds. */
const GRAIN_MS = 1;
/** Tolerated by everything that compares times (libs/README.md, rule 12). */
export const TOLERATED_MS = 30_000;

/** What one answered send tells: the log stamped the record between the two instants. */
export interface SendTimes {
  /** Monotonic. */
  readonly sentMs: number;
  /** Monotonic. */
  readonly answeredMs: number;
  /** The log's own time, epoch milliseconds. */
  readonly appendedAt: number;
}

/** This process's clocks, read at one instant. */
export interface OwnClocks {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

/**
 * The log's time by this process's monotonic clock: how far the log is ahead of it. A wall clock
 * may be set at any moment, and no send would have told of it before the next session was opened.
 * Each send bounds the distance from both sides; the bounds of several are narrower than those of
 * one. It moves only as far as a new bound forces it to, so that times do not jitter. Bounds that
 * contradict what was known (another broker leads, its clock was set, this machine slept) begin
 * anew. A wall clock that may be right counts as right: machines with good clocks then agree with
 * each other to the millisecond, which no two estimates do.
 */
export class ClockError {
  readonly #log: BusLog;
  readonly #minute = new OncePerMinute();
  #low = -Infinity;
  #high = Infinity;
  #at = 0;
  #aheadMs: number | null = null;

  constructor(log: BusLog) {
    this.#log = log;
  }

  /** The log's time at an instant of the monotonic clock. */
  timeAt(monotonicMs: number): number | null {
    return this.#aheadMs === null ? null : monotonicMs + this.#aheadMs;
  }

  /** How far the wall clock is ahead of the log's. */
  ms({ wallMs, monotonicMs }: OwnClocks): number | null {
    const time = this.timeAt(monotonicMs);
    return time === null ? null : wallMs - time;
  }

  /** `own`: read when it was answered. */
  observe({ sentMs, answeredMs, appendedAt }: SendTimes, own: OwnClocks): void {
    const low = appendedAt - answeredMs - GRAIN_MS;
    const high = appendedAt - sentMs + GRAIN_MS;
    const drift = (answeredMs - this.#at) * DRIFT;
    this.#low = Math.max(this.#low - drift, low);
    this.#high = Math.min(this.#high + drift, high);
    this.#at = answeredMs;
    if (this.#low > this.#high) {
      [this.#low, this.#high] = [low, high];
      this.#aheadMs = null;
    }
    const ahead = this.#aheadMs ?? this.#first(own);
    this.#aheadMs = Math.min(Math.max(ahead, this.#low), this.#high);
    this.#warn(own);
  }

  #first({ wallMs, monotonicMs }: OwnClocks): number {
    const own = wallMs - monotonicMs;
    return this.#low <= own && own <= this.#high ? own : (this.#low + this.#high) / 2;
  }

  #warn(own: OwnClocks): void {
    const ms = this.ms(own) ?? 0;
    if (Math.abs(ms) <= TOLERATED_MS || !this.#minute.due(own.monotonicMs)) return;
    const seconds = Math.round(ms / 1_000);
    const more = 'the clock of this machine is too far from the clock of the brokers: set it right';
    this.#log('error', more, { secondsAhead: seconds, toleratedSeconds: TOLERATED_MS / 1_000 });
  }
}

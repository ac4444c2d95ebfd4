import type { Clock } from '@tallystick/ports';

/** All that waited in the kernel meanwhile has been read by then. */
const SETTLE_MS = 2_000;

/**
 * Knows a process that stood still (stopped, swapped out, frozen with its machine) for longer than
 * a device waits. What it finds on its sockets then are CONNECTs of the past: the device has long
 * gone to another gateway, and to open a session now would take the living one over.
 */
export class Standstill {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  readonly #longestMs: number;
  #seenMs: number;
  #wokeMs = -Infinity;

  constructor(clock: Pick<Clock, 'monotonicMs'>, longestMs: number) {
    this.#clock = clock;
    this.#longestMs = longestMs;
    this.#seenMs = clock.monotonicMs();
  }

  /** The process runs: to be said more often than `longestMs`. */
  beat(): void {
    const now = this.#clock.monotonicMs();
    if (now - this.#seenMs > this.#longestMs) this.#wokeMs = now;
    this.#seenMs = now;
  }

  /** Sockets may be read before any timer runs: a beat that is overdue counts as well. */
  get isOver(): boolean {
    const now = this.#clock.monotonicMs();
    return now - this.#seenMs <= this.#longestMs && now - this.#wokeMs > SETTLE_MS;
  }
}

/**
 * Counts in fixed windows. Bounded: when too many names are counted, a new window begins. That lets
 * some through, but locks nobody out.
 */
export class WindowCounter {
  readonly #windowMs: number;
  readonly limit: number;
  readonly #maxNames: number;
  readonly #counts = new Map<string, number>();
  #windowStart = -Infinity;

  constructor(options: {
    readonly windowMs: number;
    readonly limit: number;
    readonly maxNames?: number;
  }) {
    this.#windowMs = options.windowMs;
    this.limit = options.limit;
    this.#maxNames = options.maxNames ?? 100_000;
  }

  /** Counts one; false: that was one too many. */
  take(name: string, nowMs: number): boolean {
    return this.count(name, nowMs) <= this.limit;
  }

  /** Counts one, and says the how many-th of its window it was. */
  count(name: string, nowMs: number): number {
    this.#turn(nowMs);
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count;
  }

  /** Whether the limit is used up, without counting. */
  spent(name: string, nowMs: number): boolean {
    this.#turn(nowMs);
    return (this.#counts.get(name) ?? 0) >= this.limit;
  }

  #turn(nowMs: number): void {
    if (nowMs - this.#windowStart < this.#windowMs && this.#counts.size < this.#maxNames) return;
    this.#windowStart = nowMs;
    this.#counts.clear();
  }
}

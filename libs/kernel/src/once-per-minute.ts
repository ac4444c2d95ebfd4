const MINUTE_MS = 60_000;

/**
 * Lets a word through at most once a minute: what fails at every call is not to be said at every
 * call.
 */
export class OncePerMinute {
  #last = -Infinity;

  /** `nowMs`: monotonic milliseconds. True: it is to be said now. */
  due(nowMs: number): boolean {
    if (nowMs - this.#last < MINUTE_MS) return false;
    this.#last = nowMs;
    return true;
  }
}

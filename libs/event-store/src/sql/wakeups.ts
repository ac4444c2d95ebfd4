/** Waits that end when the head may be beyond a position. One poll serves all waiters as a net. */
export class Wakeups {
  readonly #pollMs: number;
  readonly #readHead: () => Promise<number>;
  readonly #waiters = new Set<{ readonly position: number; readonly wake: () => void }>();
  #timer: NodeJS.Timeout | null = null;
  #known = 0;

  constructor(readHead: () => Promise<number>, pollMs: number) {
    this.#readHead = readHead;
    this.#pollMs = pollMs;
  }

  /** The head is at least here. */
  reached(position: number): void {
    if (position > this.#known) this.#known = position;
    for (const waiter of [...this.#waiters]) if (this.#known > waiter.position) waiter.wake();
  }

  /** Nothing is known of the head any more. */
  forget(): void {
    this.#known = 0;
  }

  /** Something was appended elsewhere: look. */
  async look(): Promise<void> {
    if (this.#waiters.size === 0) return;
    const head = await this.#readHead().catch(() => 0);
    this.reached(head);
  }

  wait(position: number, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#known > position || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#waiters.delete(waiter);
        resolve();
      };
      const waiter = { position, wake };
      const timer = setTimeout(wake, timeoutMs);
      signal?.addEventListener('abort', wake, { once: true });
      this.#waiters.add(waiter);
      this.#poll();
    });
  }

  #poll(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.look().finally(() => this.#waiters.size > 0 && this.#poll());
    }, this.#pollMs);
  }

  endAll(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const waiter of [...this.#waiters]) waiter.wake();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

import { isPortError, PortError } from '@tallystick/kernel';

interface Waiting {
  /** Refuses with a PortError before it writes anything, or writes all of its part. */
  readonly write: () => void;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Group commit: whatever was asked for within one turn of the event loop goes into one transaction,
 * in the order asked. A refused part leaves the others alone.
 */
export class CommitQueue {
  readonly #transaction: (work: () => void) => void;
  readonly #committed: () => void;
  #waiting: Waiting[] = [];
  #closed = false;

  constructor(transaction: (work: () => void) => void, committed: () => void) {
    this.#transaction = transaction;
    this.#committed = committed;
  }

  run(write: () => void): Promise<void> {
    if (this.#closed) return Promise.reject(new PortError('closed', 'the bus is closed'));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject });
      if (this.#waiting.length === 1) setImmediate(() => this.#flush());
    });
  }

  /** Commits what waits; later calls are refused. */
  close(): void {
    this.#closed = true;
    this.#flush();
  }

  #flush(): void {
    const parts = this.#waiting;
    if (parts.length === 0) return;
    this.#waiting = [];
    this.#commit(parts);
    this.#committed();
  }

  #commit(parts: readonly Waiting[]): void {
    const refused = new Map<Waiting, unknown>();
    try {
      this.#transaction(() => {
        for (const part of parts)
          try {
            part.write();
          } catch (error) {
            if (!isPortError(error)) throw error;
            refused.set(part, error);
          }
      });
    } catch (cause) {
      // One part that cannot be written must not take the others down with it.
      if (parts.length > 1) for (const part of parts) this.#commit([part]);
      else
        parts[0]?.reject(new PortError('unavailable', 'the bus file cannot be written', { cause }));
      return;
    }
    for (const part of parts)
      if (refused.has(part)) part.reject(refused.get(part));
      else part.resolve();
  }
}

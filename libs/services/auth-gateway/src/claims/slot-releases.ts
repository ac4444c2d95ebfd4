import type { ClaimRequest, ReleaseRequest } from '@tallystick/contracts';
import type { Logger } from '@tallystick/services-edge';
import type { RegistryClient } from './registry-client.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
/** The registry frees a pending slot by itself after ten minutes. */
const GIVE_UP_MS = 600_000;
const MAX_WAITING = 2_000;

/**
 * Gives back slots whose unit never got its token. Kept in memory: what a crash forgets, the
 * registry frees when the claim expires.
 */
export class SlotReleases {
  readonly #registry: Pick<RegistryClient, 'release' | 'abandon'>;
  readonly #logger: Logger;
  readonly #timers = new Set<NodeJS.Timeout>();
  /**
   * Releases that are being sent or wait for the next try. They are bounded, because a registry may
   * never answer.
   */
  #pending = 0;
  #closed = false;

  constructor(registry: Pick<RegistryClient, 'release' | 'abandon'>, logger: Logger) {
    this.#registry = registry;
    this.#logger = logger;
  }

  release(request: ReleaseRequest): void {
    this.#untilDone(() => this.#registry.release(request));
  }

  /** Gives up a claim that was perhaps made and that no device waits for any more. */
  abandon(request: ClaimRequest): void {
    this.#untilDone(() => this.#registry.abandon(request));
  }

  #untilDone(work: () => Promise<boolean>): void {
    if (this.#pending >= MAX_WAITING)
      return this.#logger.warn({}, 'too many slots wait to be released: one is left to expire');
    this.#pending += 1;
    void this.#try(work, FIRST_RETRY_MS, 0);
  }

  async #try(work: () => Promise<boolean>, retryMs: number, waitedMs: number): Promise<void> {
    const done = await work();
    if (done || this.#closed || waitedMs > GIVE_UP_MS) {
      this.#pending -= 1;
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#try(work, Math.min(retryMs * 2, LONGEST_RETRY_MS), waitedMs + retryMs);
    }, retryMs);
    this.#timers.add(timer);
  }

  close(): void {
    this.#closed = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

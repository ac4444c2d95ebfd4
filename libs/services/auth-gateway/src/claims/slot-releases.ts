import type { ClaimRequest, ReleaseRequest } from '@tallystick/contracts';
import type { Logger } from '@tallystick/services-edge';
import type { RegistryClient } from './registry-client.ts';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
/** The registry frees a pending slot by itself after ten minutes. */
const GIVE_UP_MS = 600_000;
const MAX_WAITING = 10_000;

/** Gives back slots whose unit never got its token. Kept in memory: what a crash forgets, the registry frees when the claim expires. */
export class SlotReleases {
  readonly #registry: Pick<RegistryClient, 'release' | 'abandon'>;
  readonly #logger: Logger;
  readonly #timers = new Set<NodeJS.Timeout>();
  #closed = false;

  constructor(registry: Pick<RegistryClient, 'release' | 'abandon'>, logger: Logger) {
    this.#registry = registry;
    this.#logger = logger;
  }

  release(request: ReleaseRequest): void {
    this.#untilDone(() => this.#registry.release(request));
  }

  /** Of a claim that was perhaps made, and that nobody waits for any more. */
  abandon(request: ClaimRequest): void {
    this.#untilDone(() => this.#registry.abandon(request));
  }

  #untilDone(work: () => Promise<boolean>): void {
    if (this.#timers.size >= MAX_WAITING)
      return this.#logger.warn({}, 'too many slots wait to be released: one is left to expire');
    void this.#try(work, FIRST_RETRY_MS, 0);
  }

  async #try(work: () => Promise<boolean>, retryMs: number, waitedMs: number): Promise<void> {
    if (await work()) return;
    if (this.#closed || waitedMs > GIVE_UP_MS) return;
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

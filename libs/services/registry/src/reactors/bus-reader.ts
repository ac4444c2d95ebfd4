import { levelOf } from '@tallystick/kernel';
import {
  keepTrying,
  pause,
  type BusSubscription,
  type EventBus,
  type SubscribeOptions,
} from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';

export const RETRY_MS = 1_000;

/** A reader that keeps its place itself, where it may be put back with all that it has read. */
export interface OwnReader extends SubscribeOptions {
  /** Whether it was: then it is opened anew, and reads on from its own place. */
  readonly putBack: () => Promise<boolean>;
}

export interface Reaching {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Tries until it is done or we stop. */
export async function untilDone(
  { logger, signal }: Reaching,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  const failed = (error: unknown): void =>
    logger[levelOf(error)]({ err: error, what }, 'the bus is not reached');
  await keepTrying(work, { signal, everyMs: RETRY_MS, failed });
}

/** One subscription, which is opened again when it fails for good or its place was put back. */
class BusReader {
  readonly #bus: EventBus;
  readonly #reaching: Reaching;
  readonly #options: SubscribeOptions | OwnReader;
  #subscription: BusSubscription | null = null;
  #looking = false;

  constructor(bus: EventBus, reaching: Reaching, options: SubscribeOptions | OwnReader) {
    this.#bus = bus;
    this.#reaching = reaching;
    this.#options = options;
  }

  open(): Promise<void> {
    return untilDone(this.#reaching, this.#options.group, () => this.#subscribe());
  }

  async #subscribe(): Promise<void> {
    const { logger, signal } = this.#reaching;
    const { group } = this.#options;
    const onFailed = (error: Error): void => {
      logger.error({ err: error, group }, 'a reader of the bus has failed');
      void this.#reopen(subscription);
    };
    const subscription = await this.#bus.subscribe({ ...this.#options, onFailed });
    this.#subscription = subscription;
    if (signal.aborted) await subscription.close();
  }

  /** Another one may stand in its place already. */
  async #reopen(failed: BusSubscription): Promise<void> {
    if (this.#subscription !== failed) return;
    this.#subscription = null;
    await failed.close().catch(() => undefined);
    await pause(RETRY_MS, this.#reaching.signal);
    await this.open();
  }

  /** Asks whether its place was put back. */
  async look(): Promise<void> {
    const subscription = this.#subscription;
    if (!('putBack' in this.#options) || subscription === null || this.#looking) return;
    this.#looking = true;
    try {
      if (!(await this.#options.putBack())) return;
      const { group } = this.#options;
      this.#reaching.logger.warn({ group }, 'what a reader keeps was put back: it is read again');
      await this.#reopen(subscription);
    } catch {
      // The adapter of the store logs that it is away.
    } finally {
      this.#looking = false;
    }
  }

  async close(): Promise<void> {
    await this.#subscription?.close().catch(() => undefined);
  }
}

/** All of a registry's readers together. */
export class BusReaders {
  readonly #readers: readonly BusReader[];

  constructor(bus: EventBus, reaching: Reaching, all: readonly (SubscribeOptions | OwnReader)[]) {
    this.#readers = all.map((each) => new BusReader(bus, reaching, each));
  }

  async open(): Promise<void> {
    await Promise.all(this.#readers.map((each) => each.open()));
  }

  /** Asks each that keeps its own place whether it was put back. */
  look(): void {
    for (const reader of this.#readers) void reader.look();
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((each) => each.close()));
  }
}

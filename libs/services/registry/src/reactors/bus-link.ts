import { TOPIC_DEFINITIONS } from '@tallystick/contracts';
import { isPortError, OncePerMinute, PortError } from '@tallystick/kernel';
import type { BusPublisher, EventBus, SubscribeOptions } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import { BusReaders, untilDone, type OwnReader, type Reaching } from './bus-reader.ts';

const BEAT_MS = 1_000;

export interface BusLinkOptions {
  readonly bus: EventBus;
  readonly logger: Logger;
  readonly readers: readonly (SubscribeOptions | OwnReader)[];
  /** Called once, when the topics are there. */
  readonly onReached: () => void;
  /** Called each second once the bus was reached. */
  readonly beat: (publisher: BusPublisher) => Promise<void>;
}

/**
 * The registry's publisher and readers on the bus. They are opened in the background, and again
 * after a failure, so that nothing waits for a bus that is away.
 */
export interface BusLink {
  /** True once everything has been opened. */
  connected(): boolean;
  /**
   * Why the bus cannot be used as it stands, in an operator's words; null: it can, or has not been
   * reached.
   */
  unfit(): string | null;
  /** Rejects with PortError `unavailable` while the bus has not been reached. */
  publish: BusPublisher['publish'];
  stop(): Promise<void>;
}

/**
 * Topics that are otherwise than they must be are said as they are found, and looked at again: an
 * operator mends them meanwhile.
 */
class TopicFitness {
  readonly #bus: EventBus;
  readonly #logger: Logger;
  readonly #minute = new OncePerMinute();
  /** Why they cannot be used; null: they can, or have not been seen. */
  unfit: string | null = null;

  constructor(bus: EventBus, logger: Logger) {
    this.#bus = bus;
    this.#logger = logger;
  }

  async ensure(): Promise<void> {
    try {
      await this.#bus.ensureTopics(TOPIC_DEFINITIONS);
      this.unfit = null;
    } catch (error) {
      if (!isPortError(error, 'misconfigured')) throw error;
      this.#tell(error.message);
      throw new PortError('unavailable', error.message, { cause: error });
    }
  }

  /** Another problem at once, the same one each minute. */
  #tell(problem: string): void {
    const isNew = problem !== this.unfit;
    this.unfit = problem;
    if (this.#minute.due(performance.now()) || isNew)
      this.#logger.error({ problem }, 'the topics on the bus cannot be used');
  }
}

export function startBusLink(options: BusLinkOptions): BusLink {
  const { bus, logger, beat } = options;
  const stopping = new AbortController();
  const trying: Reaching = { logger, signal: stopping.signal };
  const readers = new BusReaders(bus, trying, options.readers);
  let publisher: BusPublisher | null = null;
  const topics = new TopicFitness(bus, logger);
  let [connected, beating] = [false, false];

  const connect = async (): Promise<void> => {
    await untilDone(trying, 'topics', () => topics.ensure());
    await untilDone(trying, 'publisher', async () => {
      publisher = await bus.openPublisher();
    });
    // The answer tells how far this machine's clock is off, before anything states a time by it.
    await tick();
    if (!trying.signal.aborted) options.onReached();
    await readers.open();
    connected = !trying.signal.aborted;
  };
  const tick = async (): Promise<void> => {
    readers.look();
    if (publisher === null || beating) return;
    beating = true;
    // That a beat did not arrive shows in its not being read back.
    await beat(publisher).catch(() => undefined);
    beating = false;
  };

  const timer = setInterval(() => void tick(), BEAT_MS);
  void connect().then(tick);
  return {
    connected: () => connected,
    unfit: () => topics.unfit,
    publish: (records) =>
      publisher?.publish(records) ??
      Promise.reject(new PortError('unavailable', 'the bus has not been reached')),
    stop: async () => {
      stopping.abort();
      clearInterval(timer);
      // Readers that are still opening are not awaited: they close themselves when they see that
      // the link has ended.
      await Promise.all([readers.close(), publisher?.close().catch(() => undefined)]);
    },
  };
}

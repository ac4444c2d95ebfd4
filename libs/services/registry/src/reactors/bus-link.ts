import { TOPIC_DEFINITIONS } from '@tallystick/contracts';
import { isPortError, levelOf, OncePerMinute, PortError } from '@tallystick/kernel';
import {
  keepTrying,
  pause,
  type BusPublisher,
  type BusSubscription,
  type EventBus,
  type SubscribeOptions,
} from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';

const RETRY_MS = 1_000;
const BEAT_MS = 1_000;

export interface BusLinkOptions {
  readonly bus: EventBus;
  readonly logger: Logger;
  readonly readers: readonly SubscribeOptions[];
  /** Called once, when the topics are there. */
  readonly onReached: () => void;
  /** Called each second once the bus was reached. */
  readonly beat: (publisher: BusPublisher) => Promise<void>;
}

/**
 * The registry's ties to the bus. They are made in the background and again after a failure: a bus
 * that is away holds nobody up.
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

/** Tries until it is done or we stop. */
async function untilDone(
  { logger, signal }: Reaching,
  what: string,
  work: () => Promise<void>,
): Promise<void> {
  const failed = (error: unknown): void =>
    logger[levelOf(error)]({ err: error, what }, 'the bus is not reached');
  await keepTrying(work, { signal, everyMs: RETRY_MS, failed });
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

interface Reaching {
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Subscriptions that are opened again when they fail for good. */
function createReaders(bus: EventBus, trying: Reaching) {
  const open = new Set<BusSubscription>();
  const subscribe = async (options: SubscribeOptions): Promise<void> => {
    const failed = (error: Error): void => {
      trying.logger.error({ err: error, group: options.group }, 'a reader of the bus has failed');
      void reopen();
    };
    const subscription = await bus.subscribe({ ...options, onFailed: failed });
    open.add(subscription);
    const reopen = async (): Promise<void> => {
      open.delete(subscription);
      await subscription.close().catch(() => undefined);
      await pause(RETRY_MS, trying.signal);
      await untilDone(trying, options.group, () => subscribe(options));
    };
    if (trying.signal.aborted) await subscription.close();
  };
  return {
    open: (options: SubscribeOptions) => untilDone(trying, options.group, () => subscribe(options)),
    close: async () => {
      await Promise.all([...open].map((each) => each.close().catch(() => undefined)));
    },
  };
}

export function startBusLink(options: BusLinkOptions): BusLink {
  const { bus, logger, beat } = options;
  const stopping = new AbortController();
  const trying: Reaching = { logger, signal: stopping.signal };
  const readers = createReaders(bus, trying);
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
    await Promise.all(options.readers.map((each) => readers.open(each)));
    connected = !trying.signal.aborted;
  };
  const tick = async (): Promise<void> => {
    if (publisher === null || beating) return;
    beating = true;
    // That a beat did not arrive shows in its not being read back.
    await beat(publisher).catch(() => undefined);
    beating = false;
  };

  const connecting = connect();
  const timer = setInterval(() => void tick(), BEAT_MS);
  void connecting.then(tick);
  return {
    connected: () => connected,
    unfit: () => topics.unfit,
    publish: (records) =>
      publisher?.publish(records) ??
      Promise.reject(new PortError('unavailable', 'the bus has not been reached')),
    stop: async () => {
      stopping.abort();
      clearInterval(timer);
      // What is still being opened is not waited for: it sees that it is late.
      await Promise.all([readers.close(), publisher?.close().catch(() => undefined)]);
    },
  };
}

import { TOPIC_DEFINITIONS } from '@tallystick/contracts';
import { PortError } from '@tallystick/kernel';
import type { BusPublisher, BusSubscription, EventBus, SubscribeOptions } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';

const RETRY_MS = 1_000;
const BEAT_MS = 1_000;

export interface BusLinkOptions {
  readonly bus: EventBus;
  readonly logger: Logger;
  readonly readers: readonly SubscribeOptions[];
  /** Called each second once the bus was reached. */
  readonly beat: (publisher: BusPublisher) => Promise<void>;
}

/** The registry's ties to the bus. They are made in the background and again after a failure: a bus that is away holds nobody up. */
export interface BusLink {
  /** True once everything has been opened. */
  connected(): boolean;
  /** Rejects with PortError `unavailable` while the bus has not been reached. */
  publish: BusPublisher['publish'];
  stop(): Promise<void>;
}

/** Resolves after the time, or at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}

export function startBusLink({ bus, logger, readers, beat }: BusLinkOptions): BusLink {
  const stopping = new AbortController();
  const { signal } = stopping;
  const subscriptions = new Set<BusSubscription>();
  let publisher: BusPublisher | null = null;
  let connected = false;
  let beating = false;

  const keepTrying = async (what: string, work: () => Promise<void>): Promise<void> => {
    while (!signal.aborted) {
      try {
        return await work();
      } catch (error) {
        logger.warn({ err: error, what }, 'the bus is not reached');
        await pause(RETRY_MS, signal);
      }
    }
  };

  const subscribe = async (options: SubscribeOptions): Promise<void> => {
    const failed = (error: Error): void => {
      logger.error({ err: error, group: options.group }, 'a reader of the bus has failed');
      void reopen();
    };
    const subscription = await bus.subscribe({ ...options, onFailed: failed });
    subscriptions.add(subscription);
    const reopen = async (): Promise<void> => {
      subscriptions.delete(subscription);
      await subscription.close().catch(() => undefined);
      await pause(RETRY_MS, signal);
      await keepTrying(options.group, () => subscribe(options));
    };
    if (signal.aborted) await subscription.close();
  };

  const connect = async (): Promise<void> => {
    await keepTrying('topics', () => bus.ensureTopics(TOPIC_DEFINITIONS));
    await keepTrying('publisher', async () => {
      publisher = await bus.openPublisher();
    });
    await Promise.all(readers.map((each) => keepTrying(each.group, () => subscribe(each))));
    connected = !signal.aborted;
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
    publish: (records) =>
      publisher === null
        ? Promise.reject(new PortError('unavailable', 'the bus has not been reached'))
        : publisher.publish(records),
    stop: async () => {
      stopping.abort();
      clearInterval(timer);
      await connecting;
      await Promise.all([...subscriptions].map((each) => each.close().catch(() => undefined)));
      await publisher?.close().catch(() => undefined);
    },
  };
}

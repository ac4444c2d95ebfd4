import type {
  BusBatch,
  BusSubscription,
  Clock,
  DeliveredRecord,
  EventBus,
  Ids,
} from '@tallystick/ports';
import { createPlaces } from '../http/places.ts';
import { ProblemError } from '../http/problem.ts';
import { reachTopic, toCloudEvent } from './live-topics.ts';
import { createProgress, type Progress, type ProgressQuestion } from './progress.ts';

const HEARTBEAT_MS = 10_000;
/**
 * A client that reads nothing for so long is dropped; it may continue where it was (Last-Event-ID).
 * The time is well below a consumer's session timeout, so waiting for the client does not cost the
 * consumer its place in the group.
 */
const SLOW_MS = 5_000;
const PLACES = { most: 64, mostOfOneTenant: 48, of: 'live readers' };

export interface LiveQuestion extends ProgressQuestion {
  readonly tenant: string;
}

/**
 * Where the events go: a response that says when it is full. What it holds is bounded: nobody
 * writes to it then but one event.
 */
export interface LiveSink {
  /** False: full, wait for `drained`. */
  write(text: string): boolean;
  /** Resolves true when there is room again, false when the client is gone or took too long. */
  drained(timeoutMs: number): Promise<boolean>;
  end(): void;
  onClosed(listener: () => void): void;
}

/**
 * Server-sent events (HTML standard, section 9.2): one CloudEvent in structured JSON each; null:
 * not for this tenant, or no event.
 */
export function toServerSentEvent(
  tenant: string,
  record: DeliveredRecord,
  id: () => string,
): string | null {
  if (record.key === null || !record.key.startsWith(`${tenant}/`)) return null;
  const event = toCloudEvent(tenant, record);
  return event === null ? null : `id: ${id()}\ndata: ${JSON.stringify(event)}\n\n`;
}

export interface LiveStreams {
  /** `accept` opens the client's side, once it is known that there is room. */
  open(question: LiveQuestion, accept: () => LiveSink): Promise<void>;
  stop(): Promise<void>;
}

/** One client's subscription, from its opening until the client, the bus or the service ends it. */
class LiveClient {
  readonly #question: LiveQuestion;
  readonly #progress: Progress;
  readonly #sink: LiveSink;
  readonly #heartbeat: NodeJS.Timeout;
  #subscription: BusSubscription | null = null;
  #closed = false;
  /** The client must read something before more is sent. */
  #full = false;

  constructor(question: LiveQuestion, progress: Progress, sink: LiveSink) {
    this.#question = question;
    this.#progress = progress;
    this.#sink = sink;
    this.#heartbeat = setInterval(() => this.#alive(), HEARTBEAT_MS);
  }

  async open(bus: EventBus, group: string): Promise<void> {
    this.#subscription = await bus.subscribe({
      ...this.#progress.reading,
      topics: [this.#question.topic],
      group,
      onFailed: () => void this.close(),
      onBatch: (batch) => this.#forward(batch),
    });
    await this.#subscription.ready;
    if (this.#closed) await this.#subscription.close().catch(() => undefined);
    else this.#sink.write(': ready\n\n');
  }

  async #forward(batch: BusBatch): Promise<void> {
    for (const record of batch.records) {
      if (this.#closed) return;
      const text = this.#toText(record);
      if (text === null || this.#sink.write(text)) continue;
      if (!(await this.#roomAgain())) return;
      await batch.heartbeat();
    }
    await batch.heartbeat();
  }

  /** False: the client took nothing in its time, and is closed. */
  async #roomAgain(): Promise<boolean> {
    this.#full = true;
    const drained = await this.#sink.drained(SLOW_MS);
    this.#full = false;
    // Not awaited: a reader cannot be closed from within its own batch.
    if (!drained) void this.close();
    return drained;
  }

  #alive(): void {
    if (!this.#full && !this.#sink.write(': alive\n\n')) void this.#roomAgain();
  }

  #toText(record: DeliveredRecord): string | null {
    const progress = this.#progress;
    const wanted = progress.wants(record);
    progress.passed(record);
    if (!wanted) return null;
    return toServerSentEvent(this.#question.tenant, record, () => progress.eventId(record));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#heartbeat);
    this.#sink.end();
    await this.#subscription?.close().catch(() => undefined);
  }
}

export interface LiveStreamsDeps {
  readonly bus: EventBus;
  readonly ids: Ids;
  readonly clock: Clock;
  /** The bus has been reached since the start; from then on a reader waits for one that is away. */
  readonly reached: () => boolean;
  /** The store's last position. */
  readonly head: () => Promise<number>;
}

/**
 * Nothing stands beyond the store's end: a reader would wait there without a word. ProblemError
 * `position-unknown`.
 */
async function checkBeginning({ from, leftOff }: LiveQuestion, head: LiveStreamsDeps['head']) {
  const position = leftOff?.position ?? (typeof from === 'number' ? from : 0);
  if (position > 0 && position > (await head())) throw new ProblemError('position-unknown');
}

export function createLiveStreams(deps: LiveStreamsDeps): LiveStreams {
  const { bus, ids, clock, reached, head } = deps;
  const clients = new Set<LiveClient>();
  const places = createPlaces(PLACES);
  const check = async (question: LiveQuestion): Promise<void> => {
    await checkBeginning(question, head);
    await reachTopic(bus, question.tenant, question.topic);
  };
  return {
    open: async (question, accept) => {
      if (!reached()) throw new ProblemError('bus-unavailable');
      // Taken before anything is waited for: of many that come at once none finds one place twice.
      const leave = places.take(question.tenant);
      try {
        await check(question);
      } catch (error) {
        leave();
        throw error;
      }
      const progress = createProgress(question, bus.partitions(question.topic), clock.now());
      const sink = accept();
      const client = new LiveClient(question, progress, sink);
      clients.add(client);
      sink.onClosed(() => {
        clients.delete(client);
        leave();
        void client.close();
      });
      try {
        await client.open(bus, `registry-live-${ids.uuid()}`);
      } catch (error) {
        await client.close();
        throw error;
      }
    },
    stop: async () => {
      await Promise.all([...clients].map((client) => client.close()));
    },
  };
}

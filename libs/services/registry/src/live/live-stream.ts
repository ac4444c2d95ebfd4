import { TOPICS, toStructured } from '@tallystick/contracts';
import type { BusSubscription, DeliveredRecord, EventBus, Ids } from '@tallystick/ports';
import { invalidField, ProblemError } from '../http/problem.ts';

const HEARTBEAT_MS = 10_000;
/** A client that takes nothing for so long is dropped. */
const SLOW_MS = 30_000;
const MOST_CLIENTS = 64;

const PUBLIC_TOPICS: readonly string[] = [
  TOPICS.events,
  TOPICS.state,
  TOPICS.presence,
  TOPICS.decisions,
];

export interface LiveQuestion {
  readonly tenant: string;
  readonly topic: string;
  readonly from: 'earliest' | 'latest' | number;
}

/** Where the events go: a response that says when it is full. */
export interface LiveSink {
  /** False: full, wait for `drained`. */
  write(text: string): boolean;
  /** Resolves true when there is room again, false when the client is gone or took too long. */
  drained(timeoutMs: number): Promise<boolean>;
  end(): void;
  onClosed(listener: () => void): void;
}

/** Server-sent events (HTML standard, section 9.2): one CloudEvent in structured JSON each; null: not for this question. */
export function toServerSentEvent(question: LiveQuestion, record: DeliveredRecord): string | null {
  if (record.key === null || !record.key.startsWith(`${question.tenant}/`)) return null;
  const event = toStructured(record);
  if (event === null) return null;
  const position = Number(event['globalposition'] ?? Number.NaN);
  if (typeof question.from === 'number' && position < question.from) return null;
  const id = Number.isNaN(position) ? '' : `id: ${position}\n`;
  return `${id}data: ${JSON.stringify(event)}\n\n`;
}

export interface LiveStreams {
  /** `accept` opens the client's side, once it is known that there is room. */
  open(question: LiveQuestion, accept: () => LiveSink): Promise<void>;
  stop(): Promise<void>;
}

interface Client {
  close(): Promise<void>;
}

export function parseLiveTopic(topic: string | undefined): string {
  const name = topic ?? TOPICS.events;
  if (!PUBLIC_TOPICS.includes(name))
    throw invalidField('topic', `expected one of ${PUBLIC_TOPICS.join(', ')}`);
  return name;
}

export function createLiveStreams(bus: EventBus, ids: Ids): LiveStreams {
  const clients = new Set<Client>();
  let opening = 0;

  const serve = async (question: LiveQuestion, sink: LiveSink): Promise<void> => {
    let closed = false;
    let subscription: BusSubscription | null = null;
    const client: Client = {
      close: async () => {
        if (closed) return;
        closed = true;
        clearInterval(heartbeat);
        clients.delete(client);
        sink.end();
        await subscription?.close().catch(() => undefined);
      },
    };
    const heartbeat = setInterval(() => sink.write(': alive\n\n'), HEARTBEAT_MS);
    // Never awaited here: a reader cannot be closed from within its own batch.
    const drop = (): void => void client.close();
    clients.add(client);
    sink.onClosed(drop);
    subscription = await bus.subscribe({
      topics: [question.topic],
      group: `registry-live-${ids.uuid()}`,
      from: question.from === 'latest' ? 'latest' : 'earliest',
      onFailed: drop,
      onBatch: async (batch) => {
        for (const record of batch.records) {
          if (closed) return;
          const text = toServerSentEvent(question, record);
          if (text === null || sink.write(text) || (await sink.drained(SLOW_MS))) continue;
          return drop();
        }
        await batch.heartbeat();
      },
    });
    await subscription.ready;
    if (closed) return void (await subscription.close().catch(() => undefined));
    sink.write(': ready\n\n');
  };

  return {
    open: async (question, accept) => {
      if (clients.size + opening >= MOST_CLIENTS) throw new ProblemError('too-many-requests');
      opening += 1;
      try {
        await serve(question, accept());
      } finally {
        opening -= 1;
      }
    },
    stop: async () => {
      await Promise.all([...clients].map((client) => client.close()));
    },
  };
}

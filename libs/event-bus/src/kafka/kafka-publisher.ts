import kafkajs, { type Producer, type RecordMetadata } from 'kafkajs';
import { PortError, type Outage } from '@tallystick/kernel';
import type { BusPublisher, BusRecord } from '@tallystick/ports';
import type { CreateKafkaClient, KafkaClient } from './kafka-client.ts';
import type { ClockError } from './clock-error.ts';
import { bounded, toPortError } from './kafka-errors.ts';
import { type Outgoing, toOutgoing, toSends } from './record-codec.ts';
import type { TopicCatalog } from './topic-catalog.ts';

const SEND_RECORDS = 5000;
const QUEUE_RECORDS = 200_000;
const QUEUE_BYTES = 64 * 1024 * 1024;
const CLOSE_TIMEOUT_MS = 2000;

interface Call {
  readonly records: readonly Outgoing[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: PortError) => void;
}

interface Connected {
  readonly client: KafkaClient;
  readonly producer: Producer;
}

export interface PublisherParts {
  readonly clients: CreateKafkaClient;
  readonly catalog: TopicCatalog;
  readonly sendTimeoutMs: number;
  readonly outage: Outage;
  readonly clockError: ClockError;
  /** For the outage's sake alone. */
  readonly name: string;
  readonly closed: () => void;
}

/**
 * Idempotent, one send at a time (kafkajs numbers concurrent ones wrongly: issues 598, 980); what
 * was asked for meanwhile goes into the next send. After any failure the producer is given up with
 * its sockets, so that what it retries cannot overtake what comes later.
 */
export class KafkaPublisher implements BusPublisher {
  readonly #parts: PublisherParts;
  #queue: Call[] = [];
  #queuedRecords = 0;
  #queuedBytes = 0;
  #draining: Promise<void> | undefined;
  #connected: Promise<Connected> | undefined;
  #closed = false;
  /** Ends the send under way, when a close has waited long enough. */
  #giveUp: ((error: PortError) => void) | undefined;

  constructor(parts: PublisherParts) {
    this.#parts = parts;
    this.#connection().catch(() => {});
  }

  async publish(records: readonly BusRecord[]): Promise<void> {
    if (this.#closed) throw new PortError('closed', 'the publisher is closed');
    if (records.length === 0) return;
    const outgoing = records.map((record) => toOutgoing(record, this.#parts.catalog));
    const bytes = outgoing.reduce((sum, each) => sum + each.bytes, 0);
    const full = this.#queuedRecords + records.length > QUEUE_RECORDS;
    if (this.#queue.length > 0 && (full || this.#queuedBytes + bytes > QUEUE_BYTES))
      throw new PortError('unavailable', `${this.#queuedRecords} records wait for the broker`);
    await new Promise<void>((resolve, reject) => {
      this.#queue.push({ records: outgoing, bytes, resolve, reject });
      this.#queuedRecords += outgoing.length;
      this.#queuedBytes += bytes;
      this.#draining ??= this.#drain();
    });
  }

  /** Waits a short time for sends that are running, and not at all while the broker is away. */
  async close(): Promise<void> {
    const { outage, name, closed } = this.#parts;
    this.#closed = true;
    const withinMs = outage.told ? 0 : CLOSE_TIMEOUT_MS;
    await bounded(this.#draining ?? Promise.resolve(), withinMs, 'closing').catch(() => {
      this.#giveUp?.(new PortError('closed', 'the publisher was closed'));
    });
    await this.#draining;
    outage.forget(name);
    closed();
    const connected = this.#connected;
    this.#connected = undefined;
    if (connected === undefined) return;
    await this.#disconnect(connected);
  }

  async #drain(): Promise<void> {
    // One turn of the event loop: calls made together go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const calls = this.#take();
      try {
        await this.#send(calls.flatMap(({ records }) => records));
        for (const call of calls) call.resolve();
      } catch (error) {
        const failure = toPortError(error, 'publishing');
        if (failure.code === 'unacceptable' && calls.length > 1) await this.#sendEach(calls);
        else for (const call of calls) call.reject(failure);
      }
    }
    this.#draining = undefined;
  }

  /** One of them holds what the broker will never take: the others must not fail with it. */
  async #sendEach(calls: readonly Call[]): Promise<void> {
    for (const call of calls)
      await this.#send(call.records).then(call.resolve, (error: unknown) =>
        call.reject(toPortError(error, 'publishing')),
      );
  }

  #take(): Call[] {
    let records = 0;
    const beyond = this.#queue.findIndex((call, at) => {
      records += call.records.length;
      return at > 0 && records > SEND_RECORDS;
    });
    const calls = this.#queue.splice(0, beyond === -1 ? this.#queue.length : beyond);
    for (const call of calls) {
      this.#queuedRecords -= call.records.length;
      this.#queuedBytes -= call.bytes;
    }
    return calls;
  }

  async #send(records: readonly Outgoing[]): Promise<void> {
    const connecting = this.#connection();
    const { outage, name, sendTimeoutMs } = this.#parts;
    const began = performance.now();
    const givenUp = Promise.withResolvers<never>();
    this.#giveUp = givenUp.reject;
    const sending = async (): Promise<void> => {
      const { producer } = await connecting;
      for (const topicMessages of toSends(records)) {
        const sentMs = performance.now();
        const answers = await producer.sendBatch({ topicMessages, acks: -1 });
        this.#learnClock(sentMs, answers);
      }
    };
    try {
      await bounded(Promise.race([sending(), givenUp.promise]), sendTimeoutMs, 'publishing');
      outage.succeeded(name);
    } catch (error) {
      this.#connected = undefined;
      connecting.then(({ client }) => client.abandon()).catch(() => {});
      const failure = toPortError(error, 'publishing');
      if (failure.retriable) outage.failed(name, failure.message, performance.now() - began);
      throw failure;
    }
  }

  /** Topics that the log stamps answer with the time of the stamp; others with -1. */
  #learnClock(sentMs: number, answers: readonly RecordMetadata[]): void {
    const own = { wallMs: Date.now(), monotonicMs: performance.now() };
    const stamped = answers.map(({ logAppendTime }) => Number(logAppendTime ?? -1));
    const appendedAt = stamped.find((at) => at > 0);
    if (appendedAt === undefined) return;
    this.#parts.clockError.observe({ sentMs, answeredMs: own.monotonicMs, appendedAt }, own);
  }

  #connection(): Promise<Connected> {
    this.#connected ??= this.#connect();
    return this.#connected;
  }

  async #connect(): Promise<Connected> {
    const client = this.#parts.clients();
    const producer = client.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      // For ever, as idempotence asks for it; the bound is ours, and the client is given up with
      // it.
      retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: Number.MAX_SAFE_INTEGER },
    });
    try {
      await bounded(producer.connect(), this.#parts.sendTimeoutMs, 'connecting');
      return { client, producer };
    } catch (error) {
      client.abandon();
      this.#connected = undefined;
      throw error;
    }
  }

  async #disconnect(connected: Promise<Connected>): Promise<void> {
    try {
      const { client, producer } = await connected;
      await bounded(producer.disconnect(), CLOSE_TIMEOUT_MS, 'closing').catch(() => {});
      client.abandon();
    } catch {
      // It was never connected.
    }
  }
}

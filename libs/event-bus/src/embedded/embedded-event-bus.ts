import { levelOf, PortError } from '@tallystick/kernel';
import type {
  BusPublisher,
  BusRecord,
  BusSubscription,
  EventBus,
  FencedWriter,
  SubscribeOptions,
  TopicSpec,
  WriterProgress,
} from '@tallystick/ports';
import type { BusLog } from '../bus-log.ts';
import { CommitQueue } from './commit-queue.ts';
import { EmbeddedFencedWriter } from './embedded-fenced-writer.ts';
import { EmbeddedSubscription } from './embedded-subscription.ts';
import { LogDatabase } from './log-database.ts';

const TRIM_EVERY_MS = 600_000;

export interface EmbeddedEventBusOptions {
  /** A file of the bus's own; `:memory:` keeps nothing. */
  readonly file: string;
  readonly log?: BusLog;
  readonly now?: () => number;
  /** Before a rejected batch is handed over again. Default 500. */
  readonly retryPauseMs?: number;
}

/**
 * The durable, ordered log of one process. No partitions, no groups (the first member has all), no
 * network.
 */
export class EmbeddedEventBus implements EventBus {
  readonly #db: LogDatabase;
  readonly #queue: CommitQueue;
  readonly #log: BusLog;
  readonly #now: () => number;
  readonly #retryPauseMs: number;
  readonly #groups = new Map<string, EmbeddedSubscription[]>();
  readonly #trimming: NodeJS.Timeout;
  #closing: Promise<void> | undefined;

  constructor(options: EmbeddedEventBusOptions) {
    this.#now = options.now ?? Date.now;
    this.#log = options.log ?? (() => {});
    this.#retryPauseMs = options.retryPauseMs ?? 500;
    this.#db = new LogDatabase(options.file);
    this.#queue = new CommitQueue(
      (work) => this.#db.transaction(work),
      () => this.#wakeAll(),
    );
    this.#db.trim(this.#now());
    this.#trimming = setInterval(() => this.#trim(), TRIM_EVERY_MS).unref();
  }

  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.#mustBeOpen();
    for (const spec of specs) this.#db.ensureTopic(spec);
  }

  assumeTopics(): void {
    // It is never away.
  }

  partitions(topic: string): number {
    this.#db.topic(topic);
    return 1;
  }

  async openPublisher(): Promise<BusPublisher> {
    this.#mustBeOpen();
    let open = true;
    return {
      publish: async (records) => {
        if (!open) throw new PortError('closed', 'the publisher is closed');
        if (records.length > 0) await this.#queue.run(() => this.#append(records));
      },
      close: async () => {
        open = false;
      },
    };
  }

  async openFencedWriter(id: string): Promise<FencedWriter> {
    this.#mustBeOpen();
    const append = (records: readonly BusRecord[]): void => this.#append(records);
    return EmbeddedFencedWriter.open(id, this.#db, this.#queue, append);
  }

  async progressOf(id: string): Promise<WriterProgress | null> {
    this.#mustBeOpen();
    const { progress, note } = this.#db.writer(id);
    return progress === 0 && note === '' ? null : { progress, note };
  }

  async identity(): Promise<string> {
    this.#mustBeOpen();
    return this.#db.identity();
  }

  clockErrorMs(): number {
    return 0;
  }

  timeAt(): null {
    return null;
  }

  async subscribe(options: SubscribeOptions): Promise<BusSubscription> {
    this.#mustBeOpen();
    for (const topic of options.topics) this.#db.topic(topic);
    const members = this.#groups.get(options.group) ?? [];
    const subscription = new EmbeddedSubscription(
      {
        db: this.#db,
        queue: this.#queue,
        options,
        retryPauseMs: this.#retryPauseMs,
        failed: (error, tries) =>
          this.#log(levelOf(error, tries), 'a batch was not accepted and comes again', {
            group: options.group,
            error: error instanceof Error ? error.message : String(error),
          }),
        ended: (member) => this.#leave(member),
      },
      members.length === 0,
    );
    this.#groups.set(options.group, [...members, subscription]);
    return subscription;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearInterval(this.#trimming);
    const members = [...this.#groups.values()].flat();
    await Promise.all(members.map((member) => member.close()));
    this.#queue.close();
    this.#db.close();
  }

  #append(records: readonly BusRecord[]): void {
    for (const record of records) this.#db.topic(record.topic).check(record);
    const at = this.#now();
    for (const record of records) {
      const topic = this.#db.topic(record.topic);
      if (record.transient === true) this.#offerTransient(record, topic.nextOffset - 1, at);
      else topic.append(record, at);
    }
  }

  #offerTransient(record: BusRecord, lastOffset: number, at: number): void {
    for (const members of this.#groups.values())
      for (const member of members) member.offerTransient(record, lastOffset, at);
  }

  #wakeAll(): void {
    for (const members of this.#groups.values()) for (const member of members) member.wake();
  }

  #leave(member: EmbeddedSubscription): void {
    const members = this.#groups.get(member.group) ?? [];
    const left = members.filter((other) => other !== member);
    this.#groups.set(member.group, left);
    if (left.length === 0) this.#groups.delete(member.group);
    if (members[0] === member) left[0]?.lead();
  }

  #trim(): void {
    try {
      this.#db.trim(this.#now());
    } catch (error) {
      this.#log('warn', 'the bus file could not be trimmed', { error: String(error) });
    }
  }

  #mustBeOpen(): void {
    if (this.#closing !== undefined) throw new PortError('closed', 'the bus is closed');
  }
}

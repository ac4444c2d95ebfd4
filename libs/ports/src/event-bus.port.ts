/** Topics are named without the installation's prefix; the adapter adds and takes it away. */
export interface BusRecord {
  readonly topic: string;
  readonly key: string | null;
  /** Text goes as UTF-8; null: a tombstone. */
  readonly value: Uint8Array | string | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Absent: murmur2 of the key, as Kafka's own clients do. */
  readonly partition?: number;
  /**
   * Embedded bus only: a tick that need not survive a restart stays in memory. Ignored by Kafka.
   */
  readonly transient?: boolean;
}

export interface DeliveredRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface TopicSpec {
  readonly name: string;
  /** 'default': the installation's TALLYSTICK_PARTITIONS. */
  readonly partitions: 'default' | number;
  /**
   * `key`: compacted, the newest record of each key; `formerlyForEver`: an earlier release kept it
   * for ever, and it is altered. `hours`: by age; null is for ever.
   */
  readonly kept:
    | { readonly by: 'key'; readonly formerlyForEver?: true }
    | { readonly by: 'age'; readonly hours: number | null };
  /**
   * `log`: a record's time is when it reached the log, and not what its writer says
   * (libs/README.md, rule 12). Absent: the writer's.
   */
  readonly stampedBy?: 'log';
}

/** Order is kept per publisher. */
export interface BusPublisher {
  /**
   * Resolves when the broker has all of them (acks=all, idempotent). Rejects with PortError
   * `unavailable`/`timeout`: then any of them may or may not have been written; or `unacceptable`:
   * one of them at least will never be taken (above MAX_RECORD_BYTES, or more than the broker is
   * set to take), the others may or may not have been written. Other calls are not concerned, and
   * the publisher goes on.
   */
  publish(records: readonly BusRecord[]): Promise<void>;
  close(): Promise<void>;
}

export interface FencedBatch {
  readonly records: readonly BusRecord[];
  /**
   * The writer's own progress (for the relay: a store position), read back with
   * {@link FencedWriter.progress}.
   */
  readonly progress?: number;
  /**
   * What belongs to the progress, at most 1,000 characters; written with it, read back with it.
   * Absent: empty.
   */
  readonly note?: string;
}

/**
 * A writer that only the newest holder of its id can use to commit. Readers see all of a batch or
 * nothing. One commit at a time.
 */
export interface FencedWriter {
  /** The progress last committed under this id by any holder; 0 if none. */
  progress(): Promise<number>;
  /** What was committed with that progress; empty if nothing was. */
  note(): Promise<string>;
  /**
   * Rejects with PortError `fenced` once a newer holder has opened the id (final: close and give
   * up); `unavailable`/`timeout` leave it unknown whether the batch stands: re-open the writer and
   * read `progress`. `unacceptable`: nothing of it stands, for one of the records will never be
   * taken; re-open the writer and go on without it.
   */
  commit(batch: FencedBatch): Promise<void>;
  /** Waits for a commit under way, but no longer than a moment. */
  close(): Promise<void>;
}

export interface WriterProgress {
  readonly progress: number;
  readonly note: string;
}

export interface PartitionId {
  readonly topic: string;
  readonly partition: number;
}

export interface StartPoint extends PartitionId {
  /** First offset to deliver. */
  readonly offset: number;
}

export interface BusBatch extends PartitionId {
  /** At least one record, in offset order; all of this topic and partition. */
  readonly records: readonly DeliveredRecord[];
  /** To be called now and then by work that takes seconds. */
  readonly heartbeat: () => Promise<void>;
}

export interface SubscribeOptions {
  readonly topics: readonly string[];
  readonly group: string;
  /**
   * `committed`: from where the group stands (earliest when it never read), committed after each
   * batch's onBatch resolved: at least once. `earliest`, `latest`: at each start, nothing is
   * committed. `own`: the reader keeps its offsets itself and names them in onAssigned.
   */
  readonly from: 'committed' | 'earliest' | 'latest' | 'own';
  /**
   * Batches of one partition come one after another; a rejection redelivers the same batch after a
   * pause. Only committed records are delivered.
   */
  readonly onBatch: (batch: BusBatch) => Promise<void>;
  /**
   * With `own`: called before the first batch of newly gained partitions; whatever is not named
   * starts at the earliest.
   */
  readonly onAssigned?: (
    gained: readonly PartitionId[],
    subscription: BusSubscription,
  ) => Promise<readonly StartPoint[]>;
  /** Partitions that this member has lost. */
  readonly onRevoked?: (lost: readonly PartitionId[]) => Promise<void>;
  /** The topics have equal partition counts, and a member gets the same partitions of each. */
  readonly coPartitioned?: boolean;
  /**
   * From how many partitions batches may be handed over at the same time (of one always one after
   * another). Default 1.
   */
  readonly concurrentPartitions?: number;
  /** How long a silent member keeps its partitions. Default 10 000. */
  readonly sessionTimeoutMs?: number;
  /** The reader has failed for good (not a broker that is away: that is waited out). */
  readonly onFailed?: (error: Error) => void;
}

export interface BusSubscription {
  /**
   * Resolves once partitions are assigned (or the group has found it gets none) and delivery has
   * begun.
   */
  readonly ready: Promise<void>;
  /** Holds a partition back; takes effect from the next batch. */
  pause(partitions: readonly PartitionId[]): void;
  resume(partitions: readonly PartitionId[]): void;
  close(): Promise<void>;
}

/**
 * The distribution log: real Kafka, or the embedded log of one process. A broker that is away is
 * waited out by subscriptions and reported by publishers; nothing here exits the process.
 */
export interface EventBus {
  /**
   * Creates what is absent, compares what is there, and learns the partition counts. Idempotent,
   * safe among several processes. Rejects with PortError `misconfigured` where a topic has another
   * partition count or cleanup policy than it must have; what else differs is logged.
   */
  ensureTopics(specs: readonly TopicSpec[]): Promise<void>;
  /**
   * Takes these for there, with the counts an earlier ensureTopics found, so that a process may
   * begin while the broker is away. What ensureTopics finds counts more.
   */
  assumeTopics(specs: readonly TopicSpec[]): void;
  /** Known after ensureTopics or assumeTopics named the topic; 1 on the embedded bus. */
  partitions(topic: string): number;
  openPublisher(): Promise<BusPublisher>;
  /** Fences every older holder of `id` before it resolves. */
  openFencedWriter(id: string): Promise<FencedWriter>;
  /**
   * What the holders of a writer id have committed last, read without fencing anybody; null if
   * nothing.
   */
  progressOf(id: string): Promise<WriterProgress | null>;
  /**
   * Names this log among all others: offsets of another log mean nothing here. At most 200
   * characters.
   */
  identity(): Promise<string>;
  /**
   * How far this process's wall clock is ahead of the log's, in milliseconds; null: nothing has
   * been published yet that would tell. Embedded: 0.
   */
  clockErrorMs(): number | null;
  /**
   * The log's time at an instant of this process's monotonic clock (`performance.now()`), so that a
   * wall clock that is set changes nothing. null: not known yet. Embedded: always, its time is this
   * machine's.
   */
  timeAt(monotonicMs: number): number | null;
  subscribe(options: SubscribeOptions): Promise<BusSubscription>;
  close(): Promise<void>;
}

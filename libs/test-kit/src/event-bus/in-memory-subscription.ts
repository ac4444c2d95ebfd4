import {
  pause,
  type BusBatch,
  type BusSubscription,
  type DeliveredRecord,
  type PartitionId,
  type SubscribeOptions,
} from '@tallystick/ports';
import type { InMemoryBusLog } from './in-memory-log.ts';

const BATCH_LIMIT = 500;
const RETRY_PAUSE_MS = 5;

const idOf = ({ topic, partition }: PartitionId): string => `${topic}/${partition}`;

function cursorKey(group: string, id: PartitionId): string {
  return `${group} ${idOf(id)}`;
}

/** The whole group's partitions belong to its first member; the others stand by. */
export class InMemorySubscription implements BusSubscription {
  readonly ready: Promise<void>;
  readonly #log: InMemoryBusLog;
  readonly #options: SubscribeOptions;
  readonly #positions = new Map<string, { readonly id: PartitionId; next: number }>();
  readonly #paused = new Set<string>();
  readonly #began = Promise.withResolvers<void>();
  readonly #running: Promise<void>;
  #closed = false;
  #woken = Promise.withResolvers<void>();
  #forget: () => void;

  constructor(log: InMemoryBusLog, options: SubscribeOptions) {
    this.#log = log;
    this.#options = options;
    this.ready = this.#began.promise;
    this.#forget = log.onWake(() => this.#wake());
    log.members.set(options.group, [...this.#members(), this]);
    this.#running = this.#run();
  }

  pause(partitions: readonly PartitionId[]): void {
    for (const id of partitions) this.#paused.add(idOf(id));
  }

  resume(partitions: readonly PartitionId[]): void {
    for (const id of partitions) this.#paused.delete(idOf(id));
    this.#wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake();
    await this.#running;
  }

  #members(): object[] {
    return this.#log.members.get(this.#options.group) ?? [];
  }

  #wake(): void {
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  }

  async #run(): Promise<void> {
    const { group } = this.#options;
    try {
      while (!this.#closed && this.#members()[0] !== this) {
        const woken = this.#woken.promise;
        this.#began.resolve();
        await woken;
      }
      if (!this.#closed) await this.#start();
      this.#began.resolve();
      while (!this.#closed) await this.#deliverNext();
    } finally {
      this.#forget();
      this.#log.members.set(
        group,
        this.#members().filter((member) => member !== this),
      );
      this.#log.wake();
    }
  }

  async #start(): Promise<void> {
    const { topics, group, from, onAssigned } = this.#options;
    const gained = topics.flatMap((topic) =>
      Array.from({ length: this.#log.partitions(topic) }, (_, partition) => ({ topic, partition })),
    );
    const first = (id: PartitionId): number => {
      if (from === 'latest') return this.#log.end(id.topic, id.partition);
      return from === 'committed' ? (this.#log.cursors.get(cursorKey(group, id)) ?? 0) : 0;
    };
    for (const id of gained) this.#positions.set(idOf(id), { id, next: first(id) });
    const starts = from === 'own' ? ((await onAssigned?.(gained, this)) ?? []) : [];
    for (const start of starts) {
      const position = this.#positions.get(idOf(start));
      if (position !== undefined) position.next = start.offset;
    }
  }

  async #deliverNext(): Promise<void> {
    const woken = this.#woken.promise;
    let idle = true;
    for (const [key, position] of this.#positions) {
      if (this.#closed || this.#paused.has(key)) continue;
      const { topic, partition } = position.id;
      const records = this.#log.read(topic, partition, position.next, BATCH_LIMIT);
      if (records.length === 0) continue;
      idle = false;
      await this.#deliver(records, position);
    }
    if (idle && !this.#closed) await woken;
  }

  async #deliver(
    records: readonly DeliveredRecord[],
    position: { readonly id: PartitionId; next: number },
  ): Promise<void> {
    const batch: BusBatch = { ...position.id, records, heartbeat: async () => {} };
    while (!this.#closed) {
      try {
        await this.#options.onBatch(batch);
        break;
      } catch {
        await pause(RETRY_PAUSE_MS);
        if (this.#closed) return;
      }
    }
    position.next = (records.at(-1)?.offset ?? position.next) + 1;
    if (this.#options.from === 'committed')
      this.#log.cursors.set(cursorKey(this.#options.group, position.id), position.next);
  }
}

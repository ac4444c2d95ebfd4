import { encodeJson, TOPICS, type SignalBatch } from '@tallystick/contracts';
import type { Lease } from '@tallystick/domain';
import { isPortError } from '@tallystick/kernel';
import {
  pause,
  type BusBatch,
  type BusPublisher,
  type BusSubscription,
  type PartitionId,
  type StartPoint,
} from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import type { ReportedIncarnation } from './partition/gateway-standings.ts';
import type { PartitionDeps } from './partition/partition-log.ts';
import { PartitionProcessor, SYNC_HEADER } from './partition/partition-processor.ts';

const GROUP = 'session-tracker';
const SILENT_MEMBER_MS = 8_000;
const AGAIN_MS = 1_000;
/**
 * How much earlier a partition's next owner may fence this one than the group says that it was
 * given away.
 */
const YIELD_MS = 2_000;
/** Partitions worked on at the same time: each waits for its own commits. */
const AT_ONCE = 16;

export interface MembershipDeps extends PartitionDeps {
  readonly logger: Logger;
  readonly publisher: BusPublisher;
  readonly reported: ReportedIncarnation;
  /** What is known of gateways when a partition begins. */
  readonly leases: () => readonly Lease[];
}

/**
 * A tracker's place in the group: gains partitions, reads their changelogs, hands them their input,
 * and gives them up.
 */
export class Membership {
  readonly processors = new Map<number, PartitionProcessor>();
  readonly #deps: MembershipDeps;
  readonly #stopping = new AbortController();
  #subscription: BusSubscription | null = null;
  #rejoining: Promise<void> | null = null;
  #joined = false;

  constructor(deps: MembershipDeps) {
    this.#deps = deps;
  }

  get joined(): boolean {
    return this.#joined;
  }

  async join(): Promise<void> {
    const subscription = await this.#deps.bus.subscribe({
      topics: [TOPICS.sessions, TOPICS.tracker],
      ...{ group: GROUP, from: 'own', coPartitioned: true },
      ...{ sessionTimeoutMs: SILENT_MEMBER_MS, concurrentPartitions: AT_ONCE },
      onBatch: (batch) => this.#onBatch(batch),
      onAssigned: (gained, own) => this.#onAssigned(gained, own),
      onRevoked: (lost) => this.#drop(lost.map(({ partition }) => partition)),
      onFailed: (error) => this.#rejoin(error),
    });
    this.#subscription = subscription;
    void subscription.ready.then(
      () => {
        this.#joined = this.#subscription === subscription;
      },
      (error: unknown) => this.#rejoin(error),
    );
  }

  async leave(): Promise<void> {
    this.#stopping.abort();
    await this.#rejoining;
    await this.#leave();
  }

  /** Does something with each partition that is this tracker's, one after the other in each. */
  each(work: (processor: PartitionProcessor) => Promise<void>): void {
    for (const processor of this.processors.values()) {
      if (!processor.replayed || processor.lost) continue;
      work(processor).catch((error: unknown) => this.#failed(processor, error));
    }
  }

  async #leave(): Promise<void> {
    this.#joined = false;
    const subscription = this.#subscription;
    this.#subscription = null;
    // Writers first: what a processor is about to commit then ends at once, and nothing waits for
    // it.
    await this.#drop([...this.processors.keys()]);
    await subscription?.close();
    await this.#drop([...this.processors.keys()]);
  }

  /**
   * Somebody else owns what this tracker took for its own, or it cannot go on: the group is joined
   * afresh, and all is read again.
   */
  #rejoin(error: unknown): void {
    if (this.#stopping.signal.aborted || this.#rejoining !== null) return;
    this.#deps.logger.warn({ err: error }, 'joining the group of trackers afresh');
    const again = async (): Promise<void> => {
      await this.#leave();
      await pause(AGAIN_MS, this.#stopping.signal);
      if (!this.#stopping.signal.aborted) await this.join();
    };
    this.#rejoining = again().then(
      () => {
        this.#rejoining = null;
      },
      (failure: unknown) => {
        this.#rejoining = null;
        this.#rejoin(failure);
      },
    );
  }

  async #drop(partitions: readonly number[]): Promise<void> {
    const dropped = [...new Set(partitions)].flatMap((partition) => {
      const processor = this.processors.get(partition);
      this.processors.delete(partition);
      return processor === undefined ? [] : [processor];
    });
    await Promise.all(dropped.map((processor) => processor.close()));
  }

  async #onAssigned(
    gained: readonly PartitionId[],
    subscription: BusSubscription,
  ): Promise<readonly StartPoint[]> {
    this.#subscription = subscription;
    const sessions = gained.filter(({ topic }) => topic === TOPICS.sessions);
    subscription.pause(sessions);
    subscription.resume(gained.filter(({ topic }) => topic === TOPICS.tracker));
    await this.#drop(sessions.map(({ partition }) => partition));
    return Promise.all(sessions.map((id) => this.#claim(id)));
  }

  async #claim({ topic, partition }: PartitionId): Promise<StartPoint> {
    const processor = new PartitionProcessor(partition, this.#deps, this.#deps.reported);
    this.processors.set(partition, processor);
    try {
      return { topic, partition, offset: await processor.claim() };
    } catch (error) {
      this.#failed(processor, error);
      return { topic, partition, offset: 0 };
    }
  }

  async #onBatch({ topic, partition, records, heartbeat }: BusBatch): Promise<void> {
    const processor = this.processors.get(partition);
    // Given up: its next owner reads this.
    if (processor === undefined || processor.lost) return;
    if (topic === TOPICS.sessions && !processor.replayed)
      throw new Error('the changelog has not been read yet');
    try {
      if (topic === TOPICS.sessions)
        await processor.input(records, () => heartbeat().catch(() => {}));
      else if (!processor.replayed && processor.replay(records)) await this.#begin(processor);
    } catch (error) {
      this.#failed(processor, error);
    }
  }

  #failed(processor: PartitionProcessor, error: unknown): void {
    // Given up already: that is why.
    if (this.processors.get(processor.partition) !== processor) return;
    processor.lost = true;
    if (isPortError(error) && error.code === 'fenced') return void this.#yield(processor, error);
    if (!isPortError(error)) this.#deps.logger.error({ err: error }, 'a partition has failed');
    this.#rejoin(error);
  }

  /**
   * Most often the group is being divided: then the partition goes, and the others stay as they
   * are.
   */
  async #yield(processor: PartitionProcessor, error: unknown): Promise<void> {
    await pause(YIELD_MS, this.#stopping.signal);
    if (this.processors.get(processor.partition) === processor) this.#rejoin(error);
  }

  /** The changelog is read: from here on the partition is this tracker's. */
  async #begin(processor: PartitionProcessor): Promise<void> {
    const { partition } = processor;
    await processor.sweep();
    for (const lease of this.#deps.leases()) await processor.settleAfter(processor.syncId, lease);
    this.#subscription?.pause([{ topic: TOPICS.tracker, partition }]);
    this.#subscription?.resume([{ topic: TOPICS.sessions, partition }]);
    void this.#mark(processor, processor.syncId);
  }

  /**
   * A gateway's sessions may be over: acted on in each partition when all that was said in it until
   * now is read.
   */
  settle(lease: Lease): void {
    const mark = this.#deps.ids.uuid();
    this.each(async (processor) => {
      await processor.settleAfter(mark, lease);
      await this.#mark(processor, mark);
    });
  }

  /** Puts a mark into the input: once it is read, all that stood before it was. */
  async #mark(processor: PartitionProcessor, id: string): Promise<void> {
    const { partition } = processor;
    const empty: SignalBatch = { gatewayId: '', incarnation: '', term: 0, signals: [] };
    const record = { topic: TOPICS.sessions, partition, key: String(partition) };
    const mark = { ...record, value: encodeJson(empty), headers: { [SYNC_HEADER]: id } };
    while (!processor.lost && !this.#stopping.signal.aborted) {
      try {
        return await this.#deps.publisher.publish([mark]);
      } catch (error) {
        this.#deps.logger.debug({ err: error }, 'a mark was not written');
        await pause(AGAIN_MS, this.#stopping.signal);
      }
    }
  }
}

import { PortError, type Outage } from '@tallystick/kernel';
import {
  pause,
  type BusSubscription,
  type PartitionId,
  type SubscribeOptions,
} from '@tallystick/ports';
import type { BusLog } from '../bus-log.ts';
import { BatchDelivery } from './batch-delivery.ts';
import { ConsumerSession, type Joined } from './consumer-session.ts';
import { GroupMembership } from './group-membership.ts';
import type { CreateKafkaClient } from './kafka-client.ts';
import { bounded, toPortError } from './kafka-errors.ts';
import { keyOf, PartitionPositions } from './partition-positions.ts';
import { StartBounds } from './start-bounds.ts';
import type { TopicAdmin } from './topic-admin.ts';
import type { TopicCatalog } from './topic-catalog.ts';

const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 3000;
const TIDY_TIMEOUT_MS = 2000;

export interface SubscriptionParts {
  readonly clients: CreateKafkaClient;
  readonly catalog: TopicCatalog;
  readonly admin: TopicAdmin;
  readonly log: BusLog;
  readonly options: SubscribeOptions;
  readonly retryPauseMs: number;
  readonly outage: Outage;
  readonly closed: () => void;
}

/**
 * Outlives its consumers: whatever ends one, another is begun after a pause, until the subscription
 * is closed or cannot work.
 */
export class KafkaSubscription implements BusSubscription {
  readonly ready: Promise<void>;
  readonly #parts: SubscriptionParts;
  readonly #began = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  readonly #held = new Set<string>();
  readonly #bounds: StartBounds;
  readonly #membership: GroupMembership;
  readonly #delivery: BatchDelivery;
  readonly #running: Promise<void>;
  #session: ConsumerSession | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: SubscriptionParts) {
    this.#parts = parts;
    this.ready = this.#began.promise;
    this.ready.catch(() => {});
    const positions = new PartitionPositions();
    this.#bounds = new StartBounds(parts.admin, parts.options);
    const shared = { ...parts, positions, held: this.#held, signal: this.#stop.signal };
    this.#membership = new GroupMembership({
      ...shared,
      bounds: this.#bounds,
      subscription: this,
      begun: () => this.#began.resolve(),
    });
    this.#delivery = new BatchDelivery({ ...shared, membership: this.#membership });
    this.#running = this.#run();
  }

  pause(partitions: readonly PartitionId[]): void {
    for (const id of partitions) this.#held.add(keyOf(id));
    this.#session?.pause(this.#membership.assignedOf(partitions));
  }

  resume(partitions: readonly PartitionId[]): void {
    for (const id of partitions) this.#held.delete(keyOf(id));
    this.#session?.resume(this.#membership.startedOf(partitions));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#stop.abort();
    this.#began.reject(new PortError('closed', 'the subscription was closed'));
    const { options, admin, outage, closed } = this.#parts;
    await this.#session?.close(outage.told);
    await this.#running;
    outage.forget(options.group);
    closed();
    if (options.from === 'committed' || outage.told) return;
    // Only tidiness: the broker forgets such a group by itself after a week.
    const tidying = admin.deleteIdleGroup(options.group, options.topics);
    await bounded(tidying, TIDY_TIMEOUT_MS, 'deleting a group').catch(() => {});
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { outage, log, options } = this.#parts;
    let backoff = FIRST_BACKOFF_MS;
    while (!signal.aborted) {
      const joins = this.#membership.joins;
      const began = performance.now();
      const error = await this.#runSession();
      if (signal.aborted) return;
      const failure = toPortError(error, `reading as ${options.group}`);
      if (failure.code === 'misconfigured') return this.#fail(failure);
      const joined = this.#membership.joins > joins;
      if (joined) backoff = FIRST_BACKOFF_MS;
      outage.failed(options.group, failure.message, joined ? 0 : performance.now() - began);
      log('debug', 'a reader lost the broker and begins anew', {
        group: options.group,
        error: failure.message,
        retryMs: backoff,
      });
      await pause(backoff, signal);
      backoff = Math.min(backoff * 2, LAST_BACKOFF_MS);
    }
  }

  async #runSession(): Promise<unknown> {
    const { clients, catalog, options } = this.#parts;
    const session = new ConsumerSession({
      clients,
      catalog,
      options,
      predecessor: this.#membership.memberId,
      prepared: this.#bounds.foresee(),
      joined: (joining: ConsumerSession, joined: Joined) => {
        this.#parts.outage.succeeded(options.group);
        this.#membership.join(joining, joined);
      },
      eachBatch: (payload) => this.#delivery.deliver(payload),
    });
    this.#session = session;
    const error = await session.ended;
    await session.close();
    return error;
  }

  #fail(failure: PortError): void {
    this.#began.reject(failure);
    this.#parts.log('error', 'a reader has failed for good', {
      group: this.#parts.options.group,
      error: failure.message,
    });
    this.#parts.options.onFailed?.(failure);
  }
}

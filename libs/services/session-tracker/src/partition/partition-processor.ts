import { deviceRecordKey, parseSignalBatch } from '@tallystick/contracts';
import {
  applySignal,
  closeLeft,
  closeSuperseded,
  type Lease,
  type LiveSession,
} from '@tallystick/domain';
import { PortError } from '@tallystick/kernel';
import type { Clock, DeliveredRecord } from '@tallystick/ports';
import { AwaitedSuccessors } from './awaited-successors.ts';
import type { Draft } from './draft.ts';
import { GatewayStandings, type ReportedIncarnation } from './gateway-standings.ts';
import { LeftSessions } from './left-sessions.ts';
import { noHeartbeat, PartitionLog, type Heartbeat, type PartitionDeps } from './partition-log.ts';
import type { PartitionState } from './partition-state.ts';

/** Header of a record without signals, a mark: who has read it has read all that stood before. */
export const SYNC_HEADER = 'sync';

/**
 * The one owner of a partition: consumes signals, orders sessions, and writes all that comes of it
 * in one commit.
 */
export class PartitionProcessor {
  readonly partition: number;
  readonly syncId: string;
  /** Set when this partition has an owner elsewhere. */
  lost = false;
  /** All that had been said before this owner began is read. */
  caughtUp = false;
  lagMs = 0;
  readonly #clock: Clock;
  readonly #log: PartitionLog;
  readonly #standings: GatewayStandings;
  readonly #awaited = new AwaitedSuccessors();
  #looking = false;
  #telling = false;
  readonly #left = new LeftSessions();
  /** By the mark after which each is to be acted on. */
  readonly #verdicts = new Map<string, readonly Lease[]>();
  #work: Promise<unknown> = Promise.resolve();

  constructor(partition: number, deps: PartitionDeps, reported: ReportedIncarnation) {
    this.partition = partition;
    this.syncId = deps.ids.uuid();
    this.#clock = deps.clock;
    this.#log = new PartitionLog(partition, deps);
    this.#standings = new GatewayStandings(this.#log, deps.clock, reported);
  }

  get state(): PartitionState {
    return this.#log.state;
  }

  get replayed(): boolean {
    return this.#log.replayed;
  }

  get fences(): number {
    return this.#standings.fences;
  }

  claim(): Promise<number> {
    return this.#log.claim();
  }

  replay(records: readonly DeliveredRecord[]): boolean {
    return this.#log.replay(records);
  }

  sweep(): Promise<void> {
    return this.#exclusive(() => this.#standings.sweep());
  }

  /**
   * Acts on the lease when `mark` has been read. Records before it may say that devices of a lost
   * gateway had moved to another one; closing their sessions first would show an offline within a
   * takeover. Only a gateway that is taken back is listened to at once.
   */
  settleAfter(mark: string, lease: Lease): Promise<void> {
    return this.#exclusive(async () => {
      if (this.#standings.wasRetired(lease)) return this.#standings.settle(lease);
      this.#verdicts.set(mark, [...(this.#verdicts.get(mark) ?? []), lease]);
    });
  }

  input(records: readonly DeliveredRecord[], heartbeat: Heartbeat): Promise<void> {
    return this.#exclusive(async () => {
      let draft = this.#log.draft();
      for (const record of records) {
        if (record.offset < this.state.nextOffset) continue;
        draft = await this.#read(record, draft, heartbeat);
        draft.nextOffset = record.offset + 1;
        if (draft.full) draft = await this.#log.write(draft, heartbeat);
      }
      await this.#log.write(draft, heartbeat);
      // Only what is written counts as read.
      for (const { headers } of records) await this.#passed(headers[SYNC_HEADER]);
    });
  }

  async #passed(mark: string | undefined): Promise<void> {
    if (mark === undefined) return;
    this.caughtUp ||= mark === this.syncId;
    for (const lease of this.#verdicts.get(mark) ?? []) await this.#standings.settle(lease);
    this.#verdicts.delete(mark);
  }

  /**
   * To be called again and again: tells of sessions that were left, and for which no newer one has
   * turned up.
   */
  async closeLeft(): Promise<void> {
    if (this.#telling || !this.caughtUp || this.state.leaving().length === 0) return;
    this.#telling = true;
    await this.#exclusive(() => this.#tellLeft()).finally(() => (this.#telling = false));
  }

  #tellLeft(): Promise<void> {
    const keys = this.state.leaving();
    const waiting = keys.flatMap((key) => this.state.device(key).live).filter(wasLeft);
    const over = this.#left.over(waiting, this.#clock.now());
    return this.#log.forEach(over.size === 0 ? [] : keys, noHeartbeat, (draft, key) =>
      draft.take(
        key,
        closeLeft(draft.device(key), (session) => over.has(session)),
        'left',
      ),
    );
  }

  /**
   * At an own beat: ends sessions whose own gateway promised a successor that did not come, though
   * there was time to read of it.
   */
  async closeSuperseded(at: number): Promise<void> {
    if (this.#looking || !this.caughtUp || this.state.superseded().length === 0) return;
    this.#looking = true;
    // One at a time: beats that wait behind input that is stuck are no time in which anything was
    // read.
    await this.#exclusive(() => this.#closeOverdue(at)).finally(() => (this.#looking = false));
  }

  #closeOverdue(at: number): Promise<void> {
    const keys = this.state.superseded();
    const overdue = this.#awaited.overdue(this.state.awaiting(), at);
    const isOverdue = ({ facts }: LiveSession): boolean => overdue.has(facts.sessionId);
    const now = this.#clock.now();
    return this.#log.forEach(overdue.size === 0 ? [] : keys, noHeartbeat, (draft, key) =>
      draft.take(key, closeSuperseded(draft.device(key), isOverdue, now), 'no-successor'),
    );
  }

  async close(): Promise<void> {
    this.lost = true;
    await this.#log.close();
    await this.#work;
  }

  /** One piece of work after the other; none once the partition is lost. */
  #exclusive(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(() => {
      if (this.lost) throw new PortError('fenced', `partition ${this.partition} was given up`);
      return work();
    });
    this.#work = done.catch(() => {});
    return done;
  }

  async #read(record: DeliveredRecord, draft: Draft, heartbeat: Heartbeat): Promise<Draft> {
    this.lagMs = Math.max(0, this.#clock.now() - record.timestampMs);
    const batch = parseSignalBatch(record.value);
    if (batch === null || batch.signals.length === 0) return draft;
    let now = draft;
    if (!this.#standings.knows(batch)) {
      await this.#log.write(draft, heartbeat);
      await this.#standings.meet(batch, heartbeat);
      now = this.#log.draft();
    }
    const source = this.#standings.sourceOf(batch, record.timestampMs);
    const cause = `${record.topic}/${record.partition}/${record.offset}`;
    for (const signal of batch.signals) {
      const { tenant, productKey, deviceKey } = signal.session;
      const key = deviceRecordKey(tenant, productKey, deviceKey);
      now.take(key, applySignal(now.device(key), source, signal), cause);
      // In the middle of a record its offset is not yet passed: read again, what is known of it
      // gives nothing new.
      if (now.full) now = await this.#log.write(now, heartbeat);
    }
    return now;
  }
}

function wasLeft({ left }: LiveSession): boolean {
  return left !== null;
}

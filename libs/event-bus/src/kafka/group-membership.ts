import { levelOf } from '@tallystick/kernel';
import {
  pause,
  type BusSubscription,
  type PartitionId,
  type StartPoint,
  type SubscribeOptions,
} from '@tallystick/ports';
import type { BusLog } from '../bus-log.ts';
import type { ConsumerSession, Joined } from './consumer-session.ts';
import { keyOf, type PartitionPositions } from './partition-positions.ts';
import type { StartBounds } from './start-bounds.ts';

export interface MembershipParts {
  readonly options: SubscribeOptions;
  readonly bounds: StartBounds;
  readonly log: BusLog;
  readonly retryPauseMs: number;
  readonly positions: PartitionPositions;
  /** Keys of what the reader has paused. */
  readonly held: ReadonlySet<string>;
  readonly signal: AbortSignal;
  readonly subscription: BusSubscription;
  readonly begun: () => void;
}

/**
 * The partitions that this member holds. kafkajs forgets every position when it joins again, and
 * fetches at once. So each join first pauses everything, and each partition resumes when its start
 * is known and set. Joins are handled one after another; a join that a later one has replaced
 * announces nothing further.
 */
export class GroupMembership {
  readonly #parts: MembershipParts;
  /** Announced by onAssigned and not yet by onRevoked. */
  readonly #owned = new Map<string, PartitionId>();
  #assigned = new Map<string, PartitionId>();
  readonly #starting = new Set<string>();
  #memberId = '';
  #forgotten = false;
  #joins = 0;
  #settling: Promise<void> = Promise.resolve();
  #rebalancing = false;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
  }

  get joins(): number {
    return this.#joins;
  }

  get memberId(): string {
    return this.#memberId;
  }

  /** The group is rebalancing: no more batches are delivered before the next join. */
  leaveForRebalance(): void {
    this.#rebalancing = true;
  }

  /** Whether a batch of this partition may be handed over now. */
  delivers(id: PartitionId): boolean {
    const key = keyOf(id);
    return (
      !this.#rebalancing &&
      this.#assigned.has(key) &&
      !this.#starting.has(key) &&
      !this.#parts.held.has(key)
    );
  }

  assignedOf(partitions: readonly PartitionId[]): PartitionId[] {
    return partitions.filter((id) => this.#assigned.has(keyOf(id)));
  }

  startedOf(partitions: readonly PartitionId[]): PartitionId[] {
    return this.assignedOf(partitions).filter((id) => !this.#starting.has(keyOf(id)));
  }

  join(session: ConsumerSession, { memberId, assigned }: Joined): void {
    this.#joins += 1;
    this.#rebalancing = false;
    // Under another member id the group had given this member's partitions away: all is lost,
    // whatever comes back.
    this.#forgotten ||= memberId !== this.#memberId;
    this.#memberId = memberId;
    this.#assigned = new Map(assigned.map((id) => [keyOf(id), id]));
    this.#starting.clear();
    if (this.#parts.options.from !== 'committed')
      for (const key of this.#assigned.keys()) this.#starting.add(key);
    session.pause(assigned.filter((id) => !this.delivers(id)));
    const join = this.#joins;
    this.#settling = this.#settling.then(() => this.#settle(session, join));
  }

  async #settle(session: ConsumerSession, join: number): Promise<void> {
    const assigned = [...this.#assigned.values()];
    await this.#revoke();
    const gained = assigned.filter((id) => !this.#owned.has(keyOf(id)));
    for (let tries = 0; this.#isCurrent(join); tries += 1) {
      try {
        await this.#start(gained);
        break;
      } catch (error) {
        this.#warn('partitions could not be taken up and are tried again', error, tries);
        await pause(this.#parts.retryPauseMs, this.#parts.signal);
      }
    }
    if (!this.#isCurrent(join)) return;
    this.#release(session, assigned);
    this.#parts.begun();
  }

  async #revoke(): Promise<void> {
    const lost = [...this.#owned].filter(([key]) => this.#forgotten || !this.#assigned.has(key));
    this.#forgotten = false;
    if (lost.length === 0) return;
    for (const [key] of lost) this.#owned.delete(key);
    try {
      await this.#parts.options.onRevoked?.(lost.map(([, id]) => id));
    } catch (error) {
      this.#warn('the loss of partitions was not accepted', error);
    }
  }

  async #start(gained: readonly PartitionId[]): Promise<void> {
    const { options, bounds, positions, subscription } = this.#parts;
    if (gained.length > 0 && options.from !== 'committed') {
      const early = await bounds.take();
      let named: readonly StartPoint[] = [];
      if (options.from === 'own') named = (await options.onAssigned?.(gained, subscription)) ?? [];
      const held = early !== null && positions.within(options.from, gained, early, named);
      const ends = held ? early : await bounds.now(topicsOf(gained));
      positions.start(options.from, gained, ends, named);
    }
    for (const id of gained) this.#owned.set(keyOf(id), id);
  }

  #release(session: ConsumerSession, assigned: readonly PartitionId[]): void {
    const { positions, held, options } = this.#parts;
    if (options.from === 'committed') return;
    for (const id of assigned) {
      const offset = positions.get(id);
      if (offset !== undefined) session.seek(id, offset);
      this.#starting.delete(keyOf(id));
    }
    session.resume(assigned.filter((id) => !held.has(keyOf(id))));
  }

  #isCurrent(join: number): boolean {
    return join === this.#joins && !this.#parts.signal.aborted;
  }

  #warn(message: string, error: unknown, tries = 0): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#parts.log(levelOf(error, tries), message, {
      group: this.#parts.options.group,
      error: why,
    });
  }
}

function topicsOf(partitions: readonly PartitionId[]): ReadonlySet<string> {
  return new Set(partitions.map(({ topic }) => topic));
}

import type { Clock, DeliveredRecord, EventBus, Ids } from '@tallystick/ports';
import type { Aside } from '@tallystick/services-edge';
import { parseChangelogRecord, toChangelogRecord } from './changelog.codec.ts';
import { Draft } from './draft.ts';
import { PartitionState } from './partition-state.ts';
import { PartitionWriter } from './partition-writer.ts';

/** Input that changes nothing is noted at least this often. */
const LONGEST_UNWRITTEN = 5_000;

/** To be called between commits: it keeps the place in the group. */
export type Heartbeat = () => Promise<void>;
export const noHeartbeat: Heartbeat = async () => {};

export interface PartitionDeps {
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly aside?: Aside;
}

/** A partition's state and its changelog: claimed, read back, and then written in step. */
export class PartitionLog {
  readonly partition: number;
  readonly state = new PartitionState();
  readonly #deps: PartitionDeps;
  readonly #markerId: string;
  readonly #writer: PartitionWriter;
  #replayed = false;
  /** The place in the input that the log knows. */
  #written = 0;

  constructor(partition: number, deps: PartitionDeps) {
    this.partition = partition;
    this.#deps = deps;
    this.#markerId = deps.ids.uuid();
    this.#writer = new PartitionWriter(deps.bus, partition, deps.aside);
  }

  get replayed(): boolean {
    return this.#replayed;
  }

  /** Fences the previous owner. Answers the offset from which the input is to be read. */
  claim(): Promise<number> {
    const marker = { kind: 'marker', id: this.#markerId } as const;
    return this.#writer.claim(toChangelogRecord(this.partition, marker));
  }

  /** True once the own marker was read, and with it all that earlier owners wrote. */
  replay(records: readonly DeliveredRecord[]): boolean {
    const { state } = this;
    for (const record of records) {
      if (this.#replayed) break;
      const entry = parseChangelogRecord(record);
      if (entry?.kind === 'device') state.put(entry.key, entry.device);
      else if (entry?.kind === 'gateway') state.standings.set(entry.gatewayId, entry.standing);
      else if (entry?.kind === 'offset') this.#written = state.nextOffset = entry.nextOffset;
      else if (entry?.kind === 'marker') this.#replayed = entry.id === this.#markerId;
    }
    return this.#replayed;
  }

  draft(): Draft {
    return new Draft(this.state, () => this.#deps.ids.uuid());
  }

  /** Makes a draft state, in one commit when it says anything. Answers the next one. */
  async write(draft: Draft, heartbeat: Heartbeat): Promise<Draft> {
    if (!draft.empty || draft.nextOffset - this.#written >= LONGEST_UNWRITTEN) {
      await this.#writer.commit(draft.records(this.partition), draft.nextOffset, heartbeat);
      this.#written = draft.nextOffset;
      await heartbeat();
    }
    draft.settle();
    return this.draft();
  }

  /** As many commits as it takes. */
  async forEach(
    keys: readonly string[],
    heartbeat: Heartbeat,
    change: (draft: Draft, key: string) => void,
  ): Promise<void> {
    let draft = this.draft();
    for (const key of keys) {
      change(draft, key);
      if (draft.full) draft = await this.write(draft, heartbeat);
    }
    await this.write(draft, heartbeat);
  }

  close(): Promise<void> {
    return this.#writer.close();
  }
}

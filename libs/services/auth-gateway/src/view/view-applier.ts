import {
  APPENDED_AT_HEADER,
  parseCredentialRecord,
  type Lane,
  type Tick,
} from '@tallystick/contracts';
import type { JsonValue } from '@tallystick/kernel';
import type { Clock, DeliveredRecord, ViewStore } from '@tallystick/ports';
import { GroupFold, type Applied } from './group-fold.ts';
import { markName, type LaneProgress, type PartitionMark } from './lane-progress.ts';
import { pruneMarkers, toMarkerRange } from './marker-queue.ts';

export interface LaneBatch {
  readonly lane: Lane;
  readonly partition: number;
  readonly records: readonly DeliveredRecord[];
}

interface Waiting extends LaneBatch {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Larger groups make the file grow and the fast lane wait. */
const GROUP_RECORDS = 2_000;
const TICKS_SAVED_EVERY_MS = 1_000;
const MARKERS = 'markers';

type Marks = Readonly<Record<string, JsonValue>>;

/**
 * The only writer of the view. Batches of all partitions and both lanes queue up; a group of them
 * is folded and written in one transaction with its offsets, the fast lane's first.
 * Nothing counts before the store has it: when a write fails, no mark moves, the batches are
 * rejected and so delivered again, and until a write succeeds every group is written at once.
 */
export class ViewApplier {
  readonly #store: ViewStore;
  readonly #clock: Clock;
  readonly #progress: Readonly<Record<Lane, LaneProgress>>;
  readonly #onStored: (changes: Applied['changes']) => void;
  readonly #onApplied: (applied: Applied) => void;
  readonly #queues: Readonly<Record<Lane, Waiting[]>> = { fast: [], bulk: [] };
  #running = false;
  /** Marks of idle ticks that have been applied; the rows before them are in the store. */
  #unsaved: Marks = {};
  #savedAtMs = -Infinity;
  /**
   * What a failed write held: the store may show it though it is not safe, so it is written again.
   */
  #owed: GroupFold | null = null;
  #failure: Error | null = null;

  constructor(deps: {
    readonly store: ViewStore;
    readonly clock: Clock;
    readonly progress: Readonly<Record<Lane, LaneProgress>>;
    /**
     * Acts on what is stored, before it counts: where that fails, it is stored and acted on again.
     */
    readonly onStored: (changes: Applied['changes']) => void;
    readonly onApplied: (applied: Applied) => void;
  }) {
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#progress = deps.progress;
    this.#onStored = deps.onStored;
    this.#onApplied = deps.onApplied;
  }

  /** Resolves when the batch is durable in the view and what it changes has been acted on. */
  async submit(batch: LaneBatch): Promise<void> {
    for (let at = 0; at < batch.records.length; at += GROUP_RECORDS)
      await this.#enqueue({ ...batch, records: batch.records.slice(at, at + GROUP_RECORDS) });
  }

  #enqueue(batch: LaneBatch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queues[batch.lane].push({ ...batch, resolve, reject });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let group = this.#nextGroup(); group.length > 0; group = this.#nextGroup()) {
      try {
        await this.#apply(group);
        for (const batch of group) batch.resolve();
      } catch (error) {
        for (const batch of group) batch.reject(error);
      }
    }
    this.#running = false;
  }

  #nextGroup(): readonly Waiting[] {
    const group: Waiting[] = [];
    let size = 0;
    for (const queue of [this.#queues.fast, this.#queues.bulk])
      for (let next = queue[0]; next !== undefined && size < GROUP_RECORDS; next = queue[0]) {
        group.push(next);
        queue.shift();
        size += next.records.length;
      }
    return group;
  }

  /** Why the last write failed; null: it did not. */
  get failure(): Error | null {
    return this.#failure;
  }

  async #apply(group: readonly LaneBatch[]): Promise<void> {
    const fold = this.#owed ?? new GroupFold(this.#store, this.#markers());
    fold.marks.clear();
    const marks = group.map((batch) => this.#foldBatch(fold, batch));
    fold.markers = pruneMarkers(
      fold.view,
      fold.markers,
      Math.min(this.#progress.fast.position, this.#progress.bulk.position),
    );
    const named = marks.map(({ name, mark }) => [name, { ...mark }] as const);
    await this.#save(fold, { ...this.#unsaved, ...Object.fromEntries(named) });
    for (const { batch, mark, ticked } of marks)
      this.#progress[batch.lane].set(
        batch.partition,
        mark,
        ticked ? this.#clock.monotonicMs() : null,
      );
    this.#onApplied(fold);
  }

  #markers() {
    return toMarkerRange(this.#unsaved[MARKERS] ?? this.#store.checkpoint(MARKERS));
  }

  /** Idle ticks alone are written once a second: what a crash forgets of them is read again. */
  async #save(fold: GroupFold, marks: Marks): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const writes = fold.view.writes();
    const unsaved = { ...marks, [MARKERS]: { ...fold.markers } };
    const idle = writes.length === 0 && this.#failure === null;
    if (idle && nowMs - this.#savedAtMs < TICKS_SAVED_EVERY_MS) {
      this.#unsaved = unsaved;
      return;
    }
    try {
      await this.#store.apply(writes, unsaved);
      this.#onStored(fold.changes);
    } catch (error) {
      this.#owed = fold;
      this.#failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
    this.#owed = null;
    this.#failure = null;
    this.#unsaved = {};
    this.#savedAtMs = nowMs;
  }

  /** Writes what idle ticks have left in memory; what could not be written before is read again. */
  async flush(): Promise<void> {
    await this.#store.apply([], this.#unsaved);
  }

  #foldBatch(fold: GroupFold, batch: LaneBatch) {
    const before =
      fold.marks.get(markName(batch.lane, batch.partition)) ??
      this.#progress[batch.lane].mark(batch.partition);
    let mark: PartitionMark = before;
    let ticked = false;
    for (const record of batch.records) {
      const parsed = parseCredentialRecord(record);
      mark = { ...mark, nextOffset: record.offset + 1 };
      if (parsed === null) continue;
      if (parsed.kind === 'tick') {
        // A former leader may still send a tick of what was before an adoption.
        if ((parsed.incarnation ?? 1) < (mark.incarnation ?? 1)) continue;
        mark = { ...tickMark(parsed), nextOffset: mark.nextOffset, at: this.#clock.now() };
        ticked = true;
      } else fold.add(batch.lane, parsed, appendedAt(record));
    }
    const name = markName(batch.lane, batch.partition);
    fold.marks.set(name, mark);
    return { name, mark, ticked, batch };
  }
}

function tickMark({ upTo, upToTime, storeId, incarnation }: Tick) {
  const store = storeId === undefined ? {} : { storeId };
  return { upTo, upToTime, ...store, ...(incarnation === undefined ? {} : { incarnation }) };
}

function appendedAt({ headers }: DeliveredRecord): number | null {
  const at = Number(headers[APPENDED_AT_HEADER]);
  return Number.isSafeInteger(at) && at > 0 ? at : null;
}

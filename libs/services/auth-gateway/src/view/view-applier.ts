import { APPENDED_AT_HEADER, parseCredentialRecord, type Lane } from '@tallystick/contracts';
import type { JsonValue } from '@tallystick/kernel';
import type { Clock, DeliveredRecord, ViewStore, ViewWrite } from '@tallystick/ports';
import { foldRecord, type RowChange } from './fold-record.ts';
import { markName, type LaneProgress, type PartitionMark } from './lane-progress.ts';
import { enqueueMarker, pruneMarkers, toMarkerRange, type MarkerRange } from './marker-queue.ts';
import { Overlay } from './overlay.ts';

export interface LaneBatch {
  readonly lane: Lane;
  readonly partition: number;
  readonly records: readonly DeliveredRecord[];
}

export interface Applied {
  readonly changes: readonly RowChange[];
  /** The lowest position among the fast lane's records (ticks apart); null when there was none. */
  readonly lowestFast: number | null;
}

interface Waiting extends LaneBatch {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Larger groups make the file grow and the fast lane wait. */
const GROUP_RECORDS = 2_000;
const TICKS_SAVED_EVERY_MS = 1_000;
const MARKERS = 'markers';

/**
 * The only writer of the view. Batches of all partitions and both lanes queue up; a group of them is folded and written in one transaction
 * with its offsets, the fast lane's first.
 */
export class ViewApplier {
  readonly #store: ViewStore;
  readonly #clock: Clock;
  readonly #progress: Readonly<Record<Lane, LaneProgress>>;
  readonly #onApplied: (applied: Applied) => void;
  readonly #queues: Readonly<Record<Lane, Waiting[]>> = { fast: [], bulk: [] };
  #running = false;
  #unsaved: Record<string, JsonValue> = {};
  #savedAtMs = -Infinity;

  constructor(deps: {
    readonly store: ViewStore;
    readonly clock: Clock;
    readonly progress: Readonly<Record<Lane, LaneProgress>>;
    readonly onApplied: (applied: Applied) => void;
  }) {
    this.#store = deps.store;
    this.#clock = deps.clock;
    this.#progress = deps.progress;
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

  async #apply(group: readonly LaneBatch[]): Promise<void> {
    const markers = toMarkerRange(this.#unsaved[MARKERS] ?? this.#store.checkpoint(MARKERS));
    const fold = new GroupFold(new Overlay(this.#store), markers);
    const marks = group.map((batch) => this.#foldBatch(fold, batch));
    fold.markers = pruneMarkers(
      fold.view,
      fold.markers,
      Math.min(this.#progress.fast.position, this.#progress.bulk.position),
    );
    for (const { name, mark } of marks) this.#unsaved[name] = { ...mark };
    this.#unsaved[MARKERS] = { ...fold.markers };
    await this.#save(fold.view.writes());
    for (const { batch, mark, ticked } of marks)
      this.#progress[batch.lane].set(
        batch.partition,
        mark,
        ticked ? this.#clock.monotonicMs() : null,
      );
    this.#onApplied(fold);
  }

  /** Idle ticks alone are written once a second: what a crash forgets of them is read again. */
  async #save(writes: readonly ViewWrite[]): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (writes.length === 0 && nowMs - this.#savedAtMs < TICKS_SAVED_EVERY_MS) return;
    await this.#store.apply(writes, this.#unsaved);
    this.#unsaved = {};
    this.#savedAtMs = nowMs;
  }

  /** Writes what idle ticks have left in memory. */
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
        const { upTo, upToTime } = parsed;
        mark = { ...mark, upTo, upToTime, at: this.#clock.now() };
        ticked = true;
      } else fold.add(batch.lane, parsed, appendedAt(record));
    }
    const name = markName(batch.lane, batch.partition);
    fold.marks.set(name, mark);
    return { name, mark, ticked, batch };
  }
}

function appendedAt({ headers }: DeliveredRecord): number | null {
  const at = Number(headers[APPENDED_AT_HEADER]);
  return Number.isSafeInteger(at) && at > 0 ? at : null;
}

/** What one transaction collects. */
class GroupFold implements Applied {
  readonly view: Overlay;
  readonly changes: RowChange[] = [];
  readonly marks = new Map<string, PartitionMark>();
  markers: MarkerRange;
  lowestFast: number | null = null;

  constructor(view: Overlay, markers: MarkerRange) {
    this.view = view;
    this.markers = markers;
  }

  add(lane: Lane, row: RowChange['after'], appended: number | null): void {
    if (lane === 'fast') this.lowestFast = Math.min(this.lowestFast ?? row.position, row.position);
    const change = foldRecord(this.view, row, appended);
    if (change === null) return;
    this.changes.push(change);
    if (row.kind === 'gone')
      this.markers = enqueueMarker(this.view, this.markers, change.key, row.position);
  }
}

import type { Lane } from '@tallystick/contracts';
import type { JsonValue } from '@tallystick/kernel';

/** How far one partition of a lane has been applied. */
export interface PartitionMark {
  readonly nextOffset: number;
  /**
   * From its newest tick: the store position all earlier records stand before, and as of when. -1:
   * no tick yet.
   */
  readonly upTo: number;
  readonly upToTime: number;
  /** The store that the tick spoke of, and its incarnation. Absent: a release that named none. */
  readonly storeId?: string;
  readonly incarnation?: number;
  /** When that tick was applied, by this gateway's wall clock. */
  readonly at: number;
}

export const UNREAD: PartitionMark = { nextOffset: 0, upTo: -1, upToTime: 0, at: 0 };

export const markName = (lane: Lane, partition: number): string => `${lane}/${partition}`;

export const toMark = (value: JsonValue | undefined): PartitionMark | undefined =>
  value as PartitionMark | undefined;

/** A lane's position: the lowest tick over its partitions. */
export class LaneProgress {
  readonly #marks: PartitionMark[];
  /** By the monotonic clock; null: applied before this start. */
  readonly #arrivals: (number | null)[];
  /** Over all partitions; every CONNECT asks. */
  #lowest: { readonly upTo: number; readonly upToTime: number; readonly arrival: number | null };

  constructor(marks: readonly PartitionMark[]) {
    this.#marks = [...marks];
    this.#arrivals = marks.map(() => null);
    this.#lowest = this.#findLowest();
  }

  /** A partition that still speaks of an earlier incarnation says nothing of this one. */
  #upTo({ upTo, incarnation = 1 }: PartitionMark): number {
    return incarnation < this.incarnation ? -1 : upTo;
  }

  /** The highest incarnation of the store in any partition. */
  get incarnation(): number {
    return Math.max(1, ...this.#marks.map(({ incarnation }) => incarnation ?? 1));
  }

  /** The store that the ticks spoke of; null: none was named. */
  get storeId(): string | null {
    const newest = this.#marks.findLast(({ incarnation }) => incarnation === this.incarnation);
    return newest?.storeId ?? null;
  }

  #findLowest() {
    const arrivals = this.#arrivals.filter((arrival) => arrival !== null);
    return {
      upTo: Math.min(...this.#marks.map((mark) => this.#upTo(mark))),
      upToTime: Math.min(...this.#marks.map((mark) => mark.upToTime)),
      arrival: arrivals.length === 0 ? null : Math.min(...arrivals),
    };
  }

  get partitions(): number {
    return this.#marks.length;
  }

  mark(partition: number): PartitionMark {
    return this.#marks[partition] ?? UNREAD;
  }

  /** `arrivedMs`: monotonic, when the mark brought a tick. */
  set(partition: number, mark: PartitionMark, arrivedMs: number | null): void {
    this.#marks[partition] = mark;
    if (arrivedMs !== null) this.#arrivals[partition] = arrivedMs;
    this.#lowest = this.#findLowest();
  }

  /** 0 until every partition has had a tick. */
  get position(): number {
    return Math.max(0, this.#lowest.upTo);
  }

  /** Every partition has had a tick. */
  get begun(): boolean {
    return this.#lowest.upTo >= 0;
  }

  get upToTime(): number {
    return this.#lowest.upToTime;
  }

  /** When the longest-waiting partition last applied a tick, wall clock. */
  get lastTickAt(): number {
    return Math.min(...this.#marks.map((mark) => mark.at));
  }

  /** The larger of now − upToTime and the time since the tick arrived. */
  stalenessMs(nowMs: number, monotonicMs: number): number {
    const { arrival } = this.#lowest;
    const waited = arrival === null ? 0 : monotonicMs - arrival;
    return Math.max(0, nowMs - this.upToTime, waited);
  }
}

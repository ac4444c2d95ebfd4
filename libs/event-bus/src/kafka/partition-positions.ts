import type { PartitionId, StartPoint, SubscribeOptions } from '@tallystick/ports';
import type { Bounds } from './topic-admin.ts';

export function keyOf({ topic, partition }: PartitionId): string {
  return `${topic}/${partition}`;
}

type Ends = Pick<Bounds, 'low' | 'high'>;

interface Wanted {
  readonly key: string;
  readonly end: Ends | undefined;
  readonly wanted: number | undefined;
}

const EMPTY: Ends = { low: 0, high: 0 };

const isInside = ({ low, high }: Ends, offset: number): boolean => offset >= low && offset <= high;

/** Where each partition goes on, for as long as the subscription lives. */
export class PartitionPositions {
  readonly #next = new Map<string, number>();

  get(id: PartitionId): number | undefined {
    return this.#next.get(keyOf(id));
  }

  set(id: PartitionId, offset: number): void {
    this.#next.set(keyOf(id), offset);
  }

  /**
   * Whether `start` with these bounds moves nobody: bounds that were read before the join may be
   * too old.
   */
  within(
    from: SubscribeOptions['from'],
    gained: readonly PartitionId[],
    bounds: readonly Bounds[],
    named: readonly StartPoint[],
  ): boolean {
    return this.#wanted(from, gained, bounds, named).every(
      ({ end, wanted }) => end !== undefined && (wanted === undefined || isInside(end, wanted)),
    );
  }

  /**
   * Where partitions just gained start. `own`: as the reader says, else the earliest; the others
   * continue where this subscription left them. A start outside the log (trimmed, or of a topic
   * that was created again) becomes the earliest, as with Kafka's own clients.
   */
  start(
    from: SubscribeOptions['from'],
    gained: readonly PartitionId[],
    bounds: readonly Bounds[],
    named: readonly StartPoint[],
  ): void {
    for (const { key, end = EMPTY, wanted } of this.#wanted(from, gained, bounds, named)) {
      const first = from === 'latest' ? end.high : end.low;
      this.#next.set(key, wanted === undefined ? first : isInside(end, wanted) ? wanted : end.low);
    }
  }

  /** Of each partition: the bounds that are known of it, and where it would go on. */
  #wanted(
    from: SubscribeOptions['from'],
    gained: readonly PartitionId[],
    bounds: readonly Bounds[],
    named: readonly StartPoint[],
  ): readonly Wanted[] {
    const own = new Map(named.map((point) => [keyOf(point), point.offset]));
    const ends = new Map(bounds.map((each) => [keyOf(each), each]));
    return gained.map((id) => {
      const key = keyOf(id);
      const wanted = from === 'own' ? own.get(key) : this.#next.get(key);
      return { key, end: ends.get(key), wanted };
    });
  }
}

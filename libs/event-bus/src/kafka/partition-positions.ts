import type { PartitionId, StartPoint, SubscribeOptions } from '@tallystick/ports';
import type { Bounds } from './topic-admin.ts';

export function keyOf({ topic, partition }: PartitionId): string {
  return `${topic}/${partition}`;
}

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
    const own = new Map(named.map((point) => [keyOf(point), point.offset]));
    const ends = new Map(bounds.map((each) => [keyOf(each), each]));
    return gained.every((id) => {
      const end = ends.get(keyOf(id));
      if (end === undefined) return false;
      const wanted = this.#wanted(from, id, own) ?? end.low;
      return wanted >= end.low && wanted <= end.high;
    });
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
    const own = new Map(named.map((point) => [keyOf(point), point.offset]));
    const ends = new Map(bounds.map((each) => [keyOf(each), each]));
    for (const id of gained) {
      const key = keyOf(id);
      const { low = 0, high = 0 } = ends.get(key) ?? {};
      const first = from === 'latest' ? high : low;
      const wanted = this.#wanted(from, id, own);
      const inside = wanted !== undefined && wanted >= low && wanted <= high;
      this.#next.set(key, inside ? wanted : wanted === undefined ? first : low);
    }
  }

  #wanted(
    from: SubscribeOptions['from'],
    id: PartitionId,
    own: ReadonlyMap<string, number>,
  ): number | undefined {
    const key = keyOf(id);
    return from === 'own' ? own.get(key) : this.#next.get(key);
  }
}

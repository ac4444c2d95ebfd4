import { isPortError, PortError } from '@tallystick/kernel';
import {
  pause,
  recordBytes,
  type BusRecord,
  type EventBus,
  type FencedWriter,
} from '@tallystick/ports';
import type { Aside } from '@tallystick/services-edge';
import { boundedRecord } from './changelog.codec.ts';

const RETRY_MS = 250;
const LONGEST_RETRY_MS = 4_000;
/**
 * Two trackers that both believe they own a partition fence each other: after this many turns one
 * waits for the group to settle.
 */
const CLAIMS = 5;

/**
 * The writer's progress, in place of the group's own offsets (a second offset commit made each
 * transaction two to four times as long): where the input is to go on, how often the partition
 * changed hands, and how many commits there were at one place. So that after an unknown outcome one
 * number tells: written, not written, or somebody else.
 */
export interface Stamp {
  readonly nextOffset: number;
  readonly owner: number;
  readonly step: number;
}

const TURNS = 64;

export function packStamp({ nextOffset, owner, step }: Stamp): number {
  return (nextOffset * TURNS + owner) * TURNS + step;
}

export function unpackStamp(progress: number): Stamp {
  const rest = Math.floor(progress / TURNS);
  return {
    nextOffset: Math.floor(rest / TURNS),
    owner: rest % TURNS,
    step: progress % TURNS,
  };
}

/** Commits of one partition's owner, each written exactly once, or `fenced`. */
export class PartitionWriter {
  readonly #bus: EventBus;
  readonly #partition: number;
  readonly #aside: Aside;
  readonly #closing = new AbortController();
  #writer: FencedWriter | null = null;
  #stamp: Stamp = { nextOffset: 0, owner: 0, step: 0 };

  constructor(bus: EventBus, partition: number, aside: Aside = () => undefined) {
    this.#bus = bus;
    this.#partition = partition;
    this.#aside = aside;
  }

  /**
   * Fences the previous owner and writes `marker` after all that it wrote. Answers where the input
   * goes on.
   */
  async claim(marker: BusRecord): Promise<number> {
    for (let turn = 1; ; turn += 1) {
      try {
        const before = await this.#open();
        const after = { ...before, owner: (before.owner + 1) % TURNS, step: 0 };
        await this.#writer?.commit({ records: [marker], progress: packStamp(after) });
        this.#stamp = after;
        return after.nextOffset;
      } catch (error) {
        if (!isPortError(error) || turn === CLAIMS) throw error;
        if (error.code !== 'fenced' && !error.retriable) throw error;
        await this.#retryLater(turn);
      }
    }
  }

  /**
   * Rejects with `fenced` when another owner has begun. `waiting` is called before each further
   * try. If the bus will never take the records, the largest is set aside until it takes the
   * others: input does not wait.
   */
  async commit(
    records: readonly BusRecord[],
    nextOffset: number,
    waiting: () => Promise<void>,
  ): Promise<void> {
    const before = this.#stamp;
    const moved = nextOffset !== before.nextOffset;
    const after = { ...before, nextOffset, step: moved ? 0 : (before.step + 1) % TURNS };
    let left = records;
    for (let turn = 1; ; turn += 1) {
      const outcome = await this.#tryCommit(left, before, after);
      if (outcome === 'written') break;
      if (outcome === 'refused') left = this.#withoutLargest(left);
      await this.#retryLater(outcome === 'refused' ? 1 : turn);
      await waiting();
    }
    this.#stamp = after;
  }

  #withoutLargest(records: readonly BusRecord[]): readonly BusRecord[] {
    const [largest] = records.toSorted((a, b) => recordBytes(b) - recordBytes(a));
    if (largest === undefined) return [];
    this.#aside(largest, 'the largest of a commit that the bus will never take');
    const bounded = boundedRecord(this.#partition, largest);
    const smaller = bounded !== null && recordBytes(bounded) < recordBytes(largest);
    return records.flatMap((one) => (one !== largest ? [one] : smaller ? [bounded] : []));
  }

  async #tryCommit(
    records: readonly BusRecord[],
    before: Stamp,
    after: Stamp,
  ): Promise<'written' | 'refused' | 'unknown'> {
    try {
      if (this.#writer === null && (await this.#stands(before, after))) return 'written';
      await this.#writer?.commit({ records, progress: packStamp(after) });
      return 'written';
    } catch (error) {
      if (isPortError(error, 'unacceptable')) return 'refused';
      if (isPortError(error) && error.retriable && error.code !== 'fenced') return 'unknown';
      throw error;
    }
  }

  async #stands(before: Stamp, after: Stamp): Promise<boolean> {
    const found = packStamp(await this.#open());
    if (found === packStamp(after)) return true;
    if (found === packStamp(before)) return false;
    throw new PortError('fenced', `partition ${this.#partition} has another owner`);
  }

  async #open(): Promise<Stamp> {
    if (this.#closing.signal.aborted)
      throw new PortError('fenced', `partition ${this.#partition} was given up`);
    this.#writer = await this.#bus.openFencedWriter(`tracker-${this.#partition}`);
    return unpackStamp(await this.#writer.progress());
  }

  async #retryLater(turn: number): Promise<void> {
    await this.#discard();
    const ms = Math.min(RETRY_MS * 2 ** (turn - 1), LONGEST_RETRY_MS);
    await pause(ms, this.#closing.signal);
  }

  async #discard(): Promise<void> {
    const writer = this.#writer;
    this.#writer = null;
    await writer?.close().catch(() => {});
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#discard();
  }
}

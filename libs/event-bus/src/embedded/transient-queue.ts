import type { BusRecord, DeliveredRecord } from '@tallystick/ports';
import { toBlob } from './topic-log.ts';

const LIMIT = 10_000;

/**
 * Records that are in memory only, each behind the durable record it came after, whose offset it
 * borrows: a reader that goes on from its offset + 1 misses no durable record.
 */
export class TransientQueue {
  #waiting: DeliveredRecord[] = [];

  push(record: BusRecord, lastOffset: number, at: number): void {
    const { topic, key, value, headers } = record;
    this.#waiting.push({
      topic,
      partition: 0,
      offset: lastOffset,
      timestampMs: at,
      key,
      value: toBlob(value),
      headers,
    });
    if (this.#waiting.length > LIMIT) this.#waiting.shift();
  }

  /**
   * The durable records with those in between; `more`: durable ones follow, so what stands behind
   * the last of these waits.
   */
  merge(durable: readonly DeliveredRecord[], more: boolean): readonly DeliveredRecord[] {
    if (this.#waiting.length === 0) return durable;
    const merged: DeliveredRecord[] = [];
    for (const record of durable) {
      merged.push(...this.#take((waiting) => waiting.offset < record.offset), record);
    }
    const last = durable.at(-1)?.offset ?? Number.POSITIVE_INFINITY;
    merged.push(...this.#take((waiting) => !more || waiting.offset <= last));
    return merged;
  }

  #take(goes: (record: DeliveredRecord) => boolean): DeliveredRecord[] {
    const stays = this.#waiting.findIndex((record) => !goes(record));
    return this.#waiting.splice(0, stays === -1 ? this.#waiting.length : stays);
  }
}

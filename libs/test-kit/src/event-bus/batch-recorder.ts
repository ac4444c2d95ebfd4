import type { BusBatch, DeliveredRecord } from '@tallystick/ports';

const DEADLINE_MS = 30_000;

export function textOf(record: DeliveredRecord): string | null {
  return record.value === null ? null : new TextDecoder().decode(record.value);
}

export function keysOf(records: readonly DeliveredRecord[]): (string | null)[] {
  return records.map(({ key }) => key);
}

/** An onBatch that keeps what it is given, and lets a spec wait for it. */
export class BatchRecorder {
  readonly batches: BusBatch[] = [];
  /** Called by onBatch after it has recorded the batch; may reject. */
  react: (batch: BusBatch) => Promise<void> | void = () => {};
  readonly #waiting = new Set<() => void>();

  readonly onBatch = async (batch: BusBatch): Promise<void> => {
    this.batches.push(batch);
    for (const look of [...this.#waiting]) look();
    await this.react(batch);
  };

  get records(): DeliveredRecord[] {
    return this.batches.flatMap((batch) => [...batch.records]);
  }

  get values(): (string | null)[] {
    return this.records.map(textOf);
  }

  /** Resolves when `found` holds; rejects after 30 s, saying what was awaited. */
  async until(what: string, found: () => boolean): Promise<void> {
    if (found()) return;
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!found()) return;
        clearTimeout(deadline);
        this.#waiting.delete(look);
        resolve();
      };
      const deadline = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`${what} did not come; there are ${this.records.length} records`));
      }, DEADLINE_MS);
      this.#waiting.add(look);
    });
  }

  async untilCount(count: number): Promise<void> {
    await this.until(`record ${count}`, () => this.records.length >= count);
  }

  async untilValue(value: string): Promise<void> {
    await this.until(`"${value}"`, () => this.values.includes(value));
  }
}

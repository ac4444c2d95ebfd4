import { PortError } from '@tallystick/kernel';
import type { BusRecord, FencedBatch, FencedWriter } from '@tallystick/ports';
import type { CommitQueue } from './commit-queue.ts';
import type { LogDatabase } from './log-database.ts';

/**
 * One row per id holds the epoch of its newest holder; a commit of an older one is refused in the
 * same transaction that would write it.
 */
export class EmbeddedFencedWriter implements FencedWriter {
  readonly #id: string;
  readonly #epoch: number;
  readonly #db: LogDatabase;
  readonly #queue: CommitQueue;
  readonly #append: (records: readonly BusRecord[]) => void;
  #closed = false;

  private constructor(
    id: string,
    epoch: number,
    db: LogDatabase,
    queue: CommitQueue,
    append: (records: readonly BusRecord[]) => void,
  ) {
    this.#id = id;
    this.#epoch = epoch;
    this.#db = db;
    this.#queue = queue;
    this.#append = append;
  }

  static async open(
    id: string,
    db: LogDatabase,
    queue: CommitQueue,
    append: (records: readonly BusRecord[]) => void,
  ): Promise<FencedWriter> {
    let epoch = 0;
    await queue.run(() => {
      const held = db.writer(id);
      epoch = held.epoch + 1;
      db.setWriter(id, { ...held, epoch });
    });
    return new EmbeddedFencedWriter(id, epoch, db, queue, append);
  }

  async progress(): Promise<number> {
    return this.#db.writer(this.#id).progress;
  }

  async note(): Promise<string> {
    return this.#db.writer(this.#id).note;
  }

  async commit(batch: FencedBatch): Promise<void> {
    if (this.#closed) throw new PortError('closed', `the writer ${this.#id} is closed`);
    await this.#queue.run(() => {
      const held = this.#db.writer(this.#id);
      if (held.epoch !== this.#epoch)
        throw new PortError('fenced', `a newer holder has opened ${this.#id}`);
      this.#append(batch.records);
      if (batch.progress !== undefined)
        this.#db.setWriter(this.#id, {
          ...{ epoch: this.#epoch, progress: batch.progress },
          note: batch.note ?? '',
        });
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
  }
}

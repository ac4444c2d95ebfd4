import type { BusRecord, EventBus, FencedBatch, FencedWriter } from '@tallystick/ports';
import type { SentRecord } from './relay.types.ts';

const BULK = 'relay-bulk';

/**
 * Where the relay writes, watched: when the bulk lane began, what it wrote, and when it was
 * through.
 */
export interface BulkWatch {
  readonly bus: Pick<EventBus, 'openFencedWriter' | 'openPublisher'>;
  readonly batches: number;
  readonly records: number;
  readonly sample: readonly SentRecord[];
  /**
   * performance.now() when its writer stood and when the commit came back that reached the head.
   */
  readonly began: Promise<number>;
  readonly through: Promise<number>;
}

function toSent({ topic, key, value, headers, partition }: BusRecord): SentRecord {
  const text = value === null ? null : Buffer.from(value).toString('base64');
  return { topic, key, value: text, headers, partition: partition ?? null };
}

export function watchBulk(bus: EventBus, head: number): BulkWatch {
  const began = Promise.withResolvers<number>();
  const through = Promise.withResolvers<number>();
  const seen = { batches: 0, records: 0, sample: [] as readonly SentRecord[] };
  const watched = (writer: FencedWriter): FencedWriter => ({
    progress: () => writer.progress(),
    note: () => writer.note(),
    close: () => writer.close(),
    async commit(batch: FencedBatch) {
      await writer.commit(batch);
      seen.batches += 1;
      seen.records += batch.records.length;
      if (seen.batches === 1) seen.sample = batch.records.map(toSent);
      if ((batch.progress ?? 0) >= head) through.resolve(performance.now());
    },
  });
  return {
    bus: {
      openPublisher: () => bus.openPublisher(),
      async openFencedWriter(id) {
        const writer = await bus.openFencedWriter(id);
        if (id !== BULK) return writer;
        began.resolve(performance.now());
        return watched(writer);
      },
    },
    get batches() {
      return seen.batches;
    },
    get records() {
      return seen.records;
    },
    get sample() {
      return seen.sample;
    },
    began: began.promise,
    through: through.promise,
  };
}

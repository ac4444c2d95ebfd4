import { deviceRecordKey, TOPICS } from '@tallystick/contracts';
import { partitionOf } from '@tallystick/kernel';
import {
  pause,
  type BusPublisher,
  type BusRecord,
  type Clock,
  type DeliveredRecord,
  type EventBus,
  type SqlDatabase,
} from '@tallystick/ports';
import { createWaiting } from '../effects/waiting.ts';
import { createTables } from '../tables.ts';

/**
 * Header of a record that asks whoever reads its partition of internal.sessions.v1 to say that it
 * has come so far: `<asker>/<number>`. Its value is null, so that all others pass it over.
 */
export const MARK_HEADER = 'tallystick-mark';

const SCHEMA = `CREATE TABLE IF NOT EXISTS registry_marks_read (
  asker TEXT NOT NULL, partition_id INTEGER NOT NULL, mark BIGINT NOT NULL, noted_at BIGINT NOT NULL,
  PRIMARY KEY (asker, partition_id))`;
/** Whoever has asked before that is gone, or has been answered. */
const KEPT_MS = 3_600_000;
/** A device waits: beyond it the answer is that nothing is known. */
const WAITED_MS = 1_500;
/** Those who ask meanwhile are answered by the next mark together. */
const BETWEEN_MARKS_MS = 20;
/** How soon what another registry has read is seen. */
const LOOKS_EVERY_MS = 10;
/** Who has read a partition before is taken to read it still, for so long. */
const OWN_WAITED_MS = 100;

export interface ReadMarksDeps {
  readonly sql: SqlDatabase;
  readonly clock: Clock;
  readonly bus: Pick<EventBus, 'partitions'>;
  readonly publish: BusPublisher['publish'];
  /** Of this start of this registry. */
  readonly registryId: string;
}

/** Which device's signals are meant. */
export interface SignalsOf {
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
}

/**
 * How a registry knows that nothing is on its way of what the gateways have said (libs/README.md,
 * rule 7): it writes a mark behind it, and waits until that was read, by itself or by the registry
 * that reads the partition.
 */
export interface ReadMarks {
  prepare(): Promise<void>;
  /**
   * True once all that stood in the device's partition when it was asked has been reacted to; false
   * when that is not known in time.
   */
  upToNow(of: SignalsOf): Promise<boolean>;
  /** All of these records, and what stood before them, has been reacted to. */
  onRead(partition: number, records: readonly DeliveredRecord[]): Promise<void>;
  stop(): void;
}

interface Mark {
  readonly asker: string;
  readonly mark: number;
}

function markOf({ headers }: DeliveredRecord): Mark | null {
  const [asker, number] = headers[MARK_HEADER]?.split('/') ?? [];
  const mark = Number(number);
  return asker === undefined || !Number.isSafeInteger(mark) ? null : { asker, mark };
}

/** The newest mark of each that asks. */
function newestOf(records: readonly DeliveredRecord[]): Map<string, number> {
  const newest = new Map<string, number>();
  for (const record of records) {
    const found = markOf(record);
    if (found === null) continue;
    newest.set(found.asker, Math.max(found.mark, newest.get(found.asker) ?? 0));
  }
  return newest;
}

/** What registries tell each other: in the database, for each reads some of the partitions. */
function createNotes({ sql, clock, registryId }: ReadMarksDeps) {
  return {
    async prepare(): Promise<void> {
      await createTables(sql, [SCHEMA]);
      const over = clock.now() - KEPT_MS;
      await sql.write((session) =>
        session.run('DELETE FROM registry_marks_read WHERE noted_at < ?', [over]),
      );
    },
    write: (partition: number, marks: ReadonlyMap<string, number>): Promise<unknown> =>
      sql.write(async (session) => {
        for (const [asker, mark] of marks)
          await session.run(
            `INSERT INTO registry_marks_read (asker, partition_id, mark, noted_at)
             VALUES (?, ?, ?, ?) ON CONFLICT (asker, partition_id) DO UPDATE
             SET mark = excluded.mark, noted_at = excluded.noted_at
             WHERE excluded.mark > registry_marks_read.mark`,
            [asker, partition, mark, clock.now()],
          );
      }),
    async read(): Promise<readonly (readonly [partition: number, mark: number])[]> {
      const rows = await sql.read((session) =>
        session.all('SELECT partition_id, mark FROM registry_marks_read WHERE asker = ?', [
          registryId,
        ]),
      );
      return rows.map((row) => [Number(row['partition_id']), Number(row['mark'])] as const);
    },
  };
}

/** Writes marks, one round after another; all that is asked during a round is in the next. */
function createRounds({ publish, registryId }: ReadMarksDeps) {
  const wanted = new Set<number>();
  let last = 0;
  let running = false;

  const record = (partition: number): BusRecord => ({
    ...{ topic: TOPICS.sessions, key: String(partition), value: null, partition },
    ...{ headers: { [MARK_HEADER]: `${registryId}/${last}` }, transient: true },
  });
  async function run(): Promise<void> {
    if (running) return;
    running = true;
    while (wanted.size > 0) {
      last += 1;
      const partitions = [...wanted];
      wanted.clear();
      // Whoever waits for a mark that is not written is told so when its time is over.
      await publish(partitions.map(record)).catch(() => undefined);
      await pause(BETWEEN_MARKS_MS);
    }
    running = false;
  }
  return {
    /** The number of the mark that will be behind all that stands there now. */
    ask(partition: number): number {
      const mark = last + 1;
      wanted.add(partition);
      void run();
      return mark;
    },
  };
}

/** Up to which own mark each partition was read, as far as it is known here. */
function createKnown(notes: Pick<ReturnType<typeof createNotes>, 'read'>) {
  const waiting = createWaiting();
  const read = new Map<number, number>();
  /** Partitions whose last mark was read by this process. */
  const own = new Set<number>();
  let asking = 0;
  let looking = false;

  const note = (partition: number, mark: number): void =>
    void read.set(partition, Math.max(mark, read.get(partition) ?? 0));
  async function look(): Promise<void> {
    if (looking) return;
    looking = true;
    while (asking > 0) {
      await pause(LOOKS_EVERY_MS);
      // A database that is away says nothing; the adapter logs it.
      for (const noted of await notes.read().catch(() => [])) note(...noted);
      waiting.lookAgain();
    }
    looking = false;
  }
  return {
    stop: waiting.end,
    tell(partition: number, mark: number): void {
      own.add(partition);
      note(partition, mark);
      waiting.lookAgain();
    },
    async has(partition: number, mark: number): Promise<boolean> {
      const isRead = (): boolean => (read.get(partition) ?? 0) >= mark;
      if (own.has(partition) && (await waiting.until(isRead, OWN_WAITED_MS))) return true;
      own.delete(partition);
      asking += 1;
      void look();
      const known = await waiting.until(isRead, WAITED_MS);
      asking -= 1;
      return known;
    },
  };
}

export function createReadMarks(deps: ReadMarksDeps): ReadMarks {
  const { bus, registryId } = deps;
  const notes = createNotes(deps);
  const rounds = createRounds(deps);
  const known = createKnown(notes);
  return {
    prepare: notes.prepare,
    stop: known.stop,
    upToNow({ tenant, productKey, deviceKey }) {
      const key = deviceRecordKey(tenant, productKey, deviceKey);
      const partition = partitionOf(key, bus.partitions(TOPICS.sessions));
      return known.has(partition, rounds.ask(partition));
    },
    async onRead(partition, records) {
      const marks = newestOf(records);
      const own = marks.get(registryId);
      marks.delete(registryId);
      if (marks.size > 0) await notes.write(partition, marks);
      if (own !== undefined) known.tell(partition, own);
    },
  };
}

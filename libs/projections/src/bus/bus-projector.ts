import { isPortError, PortError } from '@tallystick/kernel';
import type {
  DeliveredRecord,
  PartitionId,
  SqlDatabase,
  SqlSession,
  StartPoint,
} from '@tallystick/ports';
import { createTables, type TableSet } from '../stores/sql/create-tables.ts';
import { number, text } from '../stores/sql/rows.ts';

/** A view that is fed from a topic. */
export interface BusView {
  readonly tables: TableSet;
  /** The table of its offsets, one of `tables`. */
  readonly checkpoints: string;
  /** Answers the records of which a text stands in a bounded form. */
  write(
    session: SqlSession,
    records: readonly DeliveredRecord[],
  ): Promise<readonly DeliveredRecord[]>;
}

/** How the table of offsets of a view is made. */
export const checkpointsSchema = (table: string): string => `CREATE TABLE ${table} (
  topic ?KEY NOT NULL, partition_number INTEGER NOT NULL, next_offset BIGINT NOT NULL, PRIMARY KEY (topic, partition_number))`;

export interface BusProjector {
  /**
   * Records of the view's topic, each partition's in offset order. Rows and checkpoints stand
   * in one transaction; what was applied before, here or by another process, is skipped. Rejects
   * with PortError `lost-tail` once the view was put back to an earlier state: what was applied
   * since is to be read again, or it would be missing for ever.
   */
  apply(records: readonly DeliveredRecord[]): Promise<void>;
  /** Where to begin with these; one that is not answered has not been read. */
  startOf(gained: readonly PartitionId[]): Promise<readonly StartPoint[]>;
  /** Whether the view stands behind what was applied here: it is to be read from its own place. */
  putBack(): Promise<boolean>;
}

interface Partition {
  readonly topic: string;
  readonly partition: number;
  readonly records: DeliveredRecord[];
}

const idOf = ({ topic, partition }: PartitionId): PartitionId => ({ topic, partition });

const keyOf = ({ topic, partition }: PartitionId): string =>
  `${topic}/${String(partition).padStart(6, '0')}`;

/** How far this process has applied each partition that it reads. */
class Reached {
  readonly #next = new Map<string, number>();
  #putBack = false;

  begin(gained: readonly PartitionId[], known: readonly StartPoint[]): void {
    this.#putBack = false;
    for (const one of gained) this.#next.delete(keyOf(one));
    for (const one of known) this.#next.set(keyOf(one), one.offset);
  }

  moved(records: readonly DeliveredRecord[]): void {
    for (const record of records) {
      const key = keyOf(record);
      this.#next.set(key, Math.max(this.#next.get(key) ?? 0, record.offset + 1));
    }
  }

  /**
   * Also true until the projection has been started again, because until then nothing may be
   * applied.
   */
  isBeyond(found: readonly StartPoint[], of: ReadonlyMap<string, number> = this.#next): boolean {
    const offsets = new Map(found.map((one) => [keyOf(one), one.offset]));
    const behind = [...of].some(([key, next]) => (offsets.get(key) ?? next) < next);
    if (behind) {
      this.#putBack = true;
      this.#next.clear();
    }
    return this.#putBack;
  }

  now(): ReadonlyMap<string, number> {
    return new Map(this.#next);
  }
}

function byPartition(records: readonly DeliveredRecord[]): readonly Partition[] {
  const found = new Map<string, Partition>();
  for (const record of records) {
    const { topic, partition } = record;
    const key = keyOf(record);
    const known = found.get(key) ?? { topic, partition, records: [] };
    found.set(key, known);
    known.records.push(record);
  }
  // In one order everywhere, so that two processes never wait for each other's checkpoint.
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, partition]) => partition);
}

async function lockOffset(
  session: SqlSession,
  { view: { checkpoints }, lock }: Place,
  { topic, partition }: Partition,
): Promise<number> {
  await session.run(
    `INSERT INTO ${checkpoints} (topic, partition_number, next_offset) VALUES (?, ?, 0)
     ON CONFLICT (topic, partition_number) DO NOTHING`,
    [topic, partition],
  );
  const [row] = await session.all(
    `SELECT next_offset FROM ${checkpoints} WHERE topic = ? AND partition_number = ?${lock}`,
    [topic, partition],
  );
  return row === undefined ? 0 : number(row, 'next_offset');
}

interface Place {
  readonly view: BusView;
  readonly lock: string;
  readonly reached: Reached;
}

/** The records of a partition that nobody has applied yet; its checkpoint is moved past them. */
async function takeNew(
  session: SqlSession,
  place: Place,
  partition: Partition,
): Promise<readonly DeliveredRecord[]> {
  const next = await lockOffset(session, place, partition);
  if (place.reached.isBeyond([{ ...idOf(partition), offset: next }]))
    throw new PortError('lost-tail', 'a view of the bus was put back to an earlier state');
  const fresh = partition.records.filter(({ offset }) => offset >= next);
  const last = fresh.at(-1);
  if (last === undefined) return [];
  await session.run(
    `UPDATE ${place.view.checkpoints} SET next_offset = ? WHERE topic = ? AND partition_number = ?`,
    [last.offset + 1, partition.topic, partition.partition],
  );
  return fresh;
}

async function applyInOne(session: SqlSession, place: Place, records: readonly DeliveredRecord[]) {
  const fresh: DeliveredRecord[] = [];
  for (const partition of byPartition(records))
    fresh.push(...(await takeNew(session, place, partition)));
  return fresh.length === 0 ? [] : place.view.write(session, fresh);
}

export interface BusProjectorDeps {
  readonly db: SqlDatabase;
  readonly view: BusView;
  /**
   * A record could not be stored as it is: it stands in a bounded form, or, where not even that is
   * taken, not at all.
   */
  readonly onUnstorable?: (record: DeliveredRecord, stored: 'bounded' | 'not-at-all') => void;
}

/** Makes the view's tables. Every process that shares the database may run one. */
export async function createBusProjector({
  db,
  view,
  onUnstorable = () => undefined,
}: BusProjectorDeps): Promise<BusProjector> {
  await createTables(db, [view.tables]);
  const reached = new Reached();
  const place = { view, lock: db.dialect === 'postgres' ? ' FOR UPDATE' : '', reached };
  /**
   * Records that the database will never take are found by halving and skipped, so that nothing
   * waits behind them.
   */
  const apply = async (records: readonly DeliveredRecord[]): Promise<void> => {
    try {
      const bounded = await db.write((session) => applyInOne(session, place, records));
      reached.moved(records);
      for (const record of bounded) onUnstorable(record, 'bounded');
    } catch (error) {
      const [first] = records;
      if (!isPortError(error, 'unacceptable') || first === undefined) throw error;
      if (records.length === 1) {
        await db.write((session) => takeNew(session, place, { ...first, records: [first] }));
        reached.moved(records);
        return onUnstorable(first, 'not-at-all');
      }
      const middle = Math.ceil(records.length / 2);
      await apply(records.slice(0, middle));
      await apply(records.slice(middle));
    }
  };
  return {
    apply,
    async startOf(gained) {
      const wanted = new Set(gained.map(keyOf));
      const known = (await readOffsets(db, view)).filter((one) => wanted.has(keyOf(one)));
      reached.begin(gained, known);
      return known;
    },
    async putBack() {
      // As of before: what is applied meanwhile is no sign of anything.
      const before = reached.now();
      return reached.isBeyond(await readOffsets(db, view), before);
    },
  };
}

function readOffsets(db: SqlDatabase, { checkpoints }: BusView): Promise<readonly StartPoint[]> {
  return db.read(async (session) => {
    const rows = await session.all(`SELECT * FROM ${checkpoints}`);
    return rows.map((row) => ({
      topic: text(row, 'topic'),
      partition: number(row, 'partition_number'),
      offset: number(row, 'next_offset'),
    }));
  });
}

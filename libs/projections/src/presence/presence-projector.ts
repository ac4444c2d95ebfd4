import { isPortError } from '@tallystick/kernel';
import type { DeliveredRecord, SqlDatabase, SqlSession, StartPoint } from '@tallystick/ports';
import { createTables } from '../stores/sql/create-tables.ts';
import { number, text } from '../stores/sql/rows.ts';
import { writePresence } from './presence-batch.ts';
import { parsePresenceRecord } from './presence-record.ts';
import { presenceTables } from './presence.tables.ts';

export interface PresenceProjector {
  /**
   * Records of identity.presence.v1, each partition's in offset order. Rows and checkpoints stand
   * in one transaction; what was applied before, here or by another process, is skipped.
   */
  apply(records: readonly DeliveredRecord[]): Promise<void>;
  /** Where to go on reading; a partition that is not named has not been read. */
  offsets(): Promise<readonly StartPoint[]>;
}

interface Partition {
  readonly topic: string;
  readonly partition: number;
  readonly records: DeliveredRecord[];
}

function byPartition(records: readonly DeliveredRecord[]): readonly Partition[] {
  const found = new Map<string, Partition>();
  for (const record of records) {
    const { topic, partition } = record;
    const key = `${topic}/${String(partition).padStart(6, '0')}`;
    const known = found.get(key) ?? { topic, partition, records: [] };
    found.set(key, known);
    known.records.push(record);
  }
  // In one order everywhere, so that two processes never wait for each other's checkpoint.
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, partition]) => partition);
}

async function lockOffset(
  session: SqlSession,
  lock: string,
  { topic, partition }: Partition,
): Promise<number> {
  await session.run(
    `INSERT INTO presence_checkpoints (topic, partition_number, next_offset) VALUES (?, ?, 0)
     ON CONFLICT (topic, partition_number) DO NOTHING`,
    [topic, partition],
  );
  const [row] = await session.all(
    `SELECT next_offset FROM presence_checkpoints WHERE topic = ? AND partition_number = ?${lock}`,
    [topic, partition],
  );
  return row === undefined ? 0 : number(row, 'next_offset');
}

/** The records of a partition that nobody has applied yet; its checkpoint is moved past them. */
async function takeNew(
  session: SqlSession,
  lock: string,
  partition: Partition,
): Promise<readonly DeliveredRecord[]> {
  const next = await lockOffset(session, lock, partition);
  const fresh = partition.records.filter(({ offset }) => offset >= next);
  const last = fresh.at(-1);
  if (last === undefined) return [];
  await session.run(
    'UPDATE presence_checkpoints SET next_offset = ? WHERE topic = ? AND partition_number = ?',
    [last.offset + 1, partition.topic, partition.partition],
  );
  return fresh;
}

async function applyInOne(session: SqlSession, lock: string, records: readonly DeliveredRecord[]) {
  const fresh: DeliveredRecord[] = [];
  for (const partition of byPartition(records))
    fresh.push(...(await takeNew(session, lock, partition)));
  const known = fresh.map(parsePresenceRecord).filter((record) => record !== null);
  await writePresence(session, known);
  return fresh.filter(({ offset }) => known.some((one) => one.bounded && one.offset === offset));
}

export interface PresenceProjectorDeps {
  readonly db: SqlDatabase;
  /**
   * A record could not be stored as it is: it stands in a bounded form, or, where not even that is
   * taken, not at all.
   */
  readonly onUnstorable?: (record: DeliveredRecord, stored: 'bounded' | 'not-at-all') => void;
}

/** The presence half of the device status view, of the sessions and of the multi-ClientID view. */
export async function createPresenceProjector({
  db,
  onUnstorable = () => undefined,
}: PresenceProjectorDeps): Promise<PresenceProjector> {
  await createTables(db, [presenceTables]);
  const lock = db.dialect === 'postgres' ? ' FOR UPDATE' : '';
  /**
   * What the database will never take is found by halves and passed over, so that nothing waits
   * behind it.
   */
  const apply = async (records: readonly DeliveredRecord[]): Promise<void> => {
    try {
      const bounded = await db.write((session) => applyInOne(session, lock, records));
      for (const record of bounded) onUnstorable(record, 'bounded');
    } catch (error) {
      const [first] = records;
      if (!isPortError(error, 'unacceptable') || first === undefined) throw error;
      if (records.length === 1) {
        await db.write((session) => takeNew(session, lock, { ...first, records: [first] }));
        return onUnstorable(first, 'not-at-all');
      }
      const middle = Math.ceil(records.length / 2);
      await apply(records.slice(0, middle));
      await apply(records.slice(middle));
    }
  };
  return {
    apply,
    offsets: () =>
      db.read(async (session) => {
        const rows = await session.all('SELECT * FROM presence_checkpoints');
        return rows.map((row) => ({
          topic: text(row, 'topic'),
          partition: number(row, 'partition_number'),
          offset: number(row, 'next_offset'),
        }));
      }),
  };
}

import type {
  LostPositions,
  SqlDatabase,
  SqlSession,
  StoreState,
  StoreTail,
} from '@tallystick/ports';
import type { AppendGuard } from './append-guard.ts';
import { number, text } from './rows.ts';

export async function readState(session: SqlSession): Promise<StoreState> {
  const [row] = await session.all(
    'SELECT position, store_id, incarnation, schema_version FROM store_head WHERE one = 1',
  );
  if (row === undefined) throw new Error('the table store_head is empty');
  return {
    storeId: text(row, 'store_id'),
    incarnation: number(row, 'incarnation'),
    head: number(row, 'position'),
    schemaVersion: number(row, 'schema_version'),
  };
}

async function adopt(
  session: SqlSession,
  least: { readonly above: number; readonly incarnation: number },
): Promise<StoreState> {
  // Locks the row: an append that is under way ends first, and is part of what is adopted.
  await session.run('UPDATE store_head SET position = position WHERE one = 1');
  const before = await readState(session);
  const incarnation = Math.max(before.incarnation + 1, least.incarnation);
  const head = Math.max(before.head, least.above);
  await session.run(
    'INSERT INTO store_losses (incarnation, after_position, through_position) VALUES (?,?,?)',
    [incarnation, before.head, head],
  );
  await session.run('UPDATE store_head SET position = ?, incarnation = ? WHERE one = 1', [
    head,
    incarnation,
  ]);
  return { ...before, incarnation, head };
}

async function readLosses(session: SqlSession): Promise<readonly LostPositions[]> {
  const rows = await session.all('SELECT * FROM store_losses ORDER BY incarnation');
  return rows.map((row) => ({
    incarnation: number(row, 'incarnation'),
    after: number(row, 'after_position'),
    through: number(row, 'through_position'),
  }));
}

/** What it needs of the store and the driver beside the database. */
interface Ties {
  readonly forgetHead: () => void;
  readonly onConnected: StoreTail['onConnected'];
}

/** The identity of the store, in the row that every append locks. */
export function createSqlStoreTail(
  db: SqlDatabase,
  guard: AppendGuard,
  { forgetHead, onConnected }: Ties,
): StoreTail {
  return {
    state: () => db.read(readState),
    losses: () => db.read(readLosses),
    idAt: (position) =>
      db.read(async (session) => {
        const [row] = await session.all('SELECT id FROM events WHERE position = ?', [position]);
        return row === undefined ? null : text(row, 'id');
      }),
    requireHead: (position) => guard.requireHead(position),
    refuseAppends: (why) => {
      guard.refuse(why);
      // After a loss, waiting for a lost position means waiting until it is given again.
      if (why !== null) forgetHead();
    },
    onConnected,
    adopt: (least) => db.write((session) => adopt(session, least)),
  };
}

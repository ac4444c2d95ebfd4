import type { SqlSession } from '@tallystick/ports';

/** Of one name: so many sessions, transitions and ClientIDs are kept. */
const KEPT = 100;
/** Looked at once in so many sessions. */
const PRUNE_EVERY = 50;

export function isTimeToPrune(epoch: number): boolean {
  return epoch % PRUNE_EVERY === 0;
}

function old(table: string, unit: string, order: string): string {
  return `DELETE FROM ${table} WHERE name_key = ? AND ${unit} NOT IN (
    SELECT ${unit} FROM ${table} WHERE name_key = ? ORDER BY ${order} DESC LIMIT ${KEPT})`;
}

/** A session that is still open is kept, however old. */
export async function pruneName(session: SqlSession, key: string, epoch: number): Promise<void> {
  await session.run(
    'DELETE FROM sessions WHERE name_key = ? AND epoch <= ? AND closed_at IS NOT NULL',
    [key, epoch - KEPT],
  );
  await session.run(old('transitions', 'record_offset', 'record_offset'), [key, key]);
  await session.run(old('client_ids', 'client_id', 'last_connected_at'), [key, key]);
  await session.run(
    `UPDATE presence SET client_ids = (SELECT COUNT(*) FROM client_ids c WHERE c.name_key = presence.name_key
       AND c.generation = presence.generation) WHERE name_key = ?`,
    [key],
  );
}

/** The lives before this one are over. */
export async function forgetOlderLives(
  session: SqlSession,
  key: string,
  generation: number,
): Promise<void> {
  for (const table of ['sessions', 'client_ids', 'transitions'])
    await session.run(`DELETE FROM ${table} WHERE name_key = ? AND generation < ?`, [
      key,
      generation,
    ]);
}

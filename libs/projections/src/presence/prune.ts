import type { SqlSession } from '@tallystick/ports';
import type { PresenceRecord } from './presence-record.ts';

/** How many sessions, transitions and ClientIDs are kept of one name. */
const KEPT = 100;
/** Looked at once in so many sessions. */
const PRUNE_EVERY = 50;

/**
 * Newest first. A session that was over before it was heard of has no epoch: its time alone says
 * where it stands.
 */
export const NEWEST_SESSIONS = 'opened_at DESC, epoch DESC';

export function isTimeToPrune({ data: { epoch }, offset }: PresenceRecord): boolean {
  return (epoch === 0 ? offset : epoch) % PRUNE_EVERY === 0;
}

function old(table: string, unit: string, order: string): string {
  return `DELETE FROM ${table} WHERE name_key = ? AND ${unit} NOT IN (
    SELECT ${unit} FROM ${table} WHERE name_key = ? ORDER BY ${order} LIMIT ${KEPT})`;
}

/** A session that is still open is kept, however old. */
export async function pruneName(session: SqlSession, key: string): Promise<void> {
  const closed = `${old('sessions', 'session_id', NEWEST_SESSIONS)} AND closed_at IS NOT NULL`;
  await session.run(closed, [key, key]);
  await session.run(old('transitions', 'record_offset', 'record_offset DESC'), [key, key]);
  await session.run(old('client_ids', 'client_id', 'last_connected_at DESC'), [key, key]);
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

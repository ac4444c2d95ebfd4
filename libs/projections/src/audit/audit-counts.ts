import { createHash } from 'node:crypto';
import type { SqlDatabase, SqlSession, SqlValue } from '@tallystick/ports';
import { text } from '../stores/sql/rows.ts';
import { boundedText } from '../stores/sql/bounded-text.ts';
import type { CountedAttempts } from './audit.types.ts';

/** Of all registries together; one of them is for what has no room in the others. */
export const MOST_COUNTED_ROWS = 1_000;

/** Any fixed number: registries that count together do so one after another. */
const COUNT_LOCK = 7_455_205;

const OTHERS = { tenant: 'default', actor: 'unknown', action: '* refused', remoteAddress: null };

const ADD = `INSERT INTO audit_entries
  (time, id, tenant, actor, action, subject, remote_address, request_id, detail, times)
  VALUES (?, ?, ?, ?, ?, NULL, ?, NULL, NULL, ?)
  ON CONFLICT (time, id) DO UPDATE SET times = audit_entries.times + excluded.times`;

type Counted = Omit<CountedAttempts, 'minute' | 'times'>;

/** The same attempts have the same row, whichever registry counts them. */
function idOf({ tenant, actor, action, remoteAddress }: Counted): string {
  const key = JSON.stringify([tenant, actor, action, remoteAddress]);
  return `c${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

const OTHERS_ID = idOf(OTHERS);

function toValues(minute: number, counted: Counted, times: number): SqlValue[] {
  const { tenant, actor, action, remoteAddress } = counted;
  const who = [tenant, boundedText(actor), action, remoteAddress];
  return [minute, idOf(counted), ...who, times];
}

async function idsOf(session: SqlSession, minute: number): Promise<Set<string>> {
  const found = 'SELECT id FROM audit_entries WHERE time = ? AND times IS NOT NULL';
  const rows = await session.all(found, [minute]);
  return new Set(rows.map((row) => text(row, 'id')));
}

async function countMinute(
  session: SqlSession,
  minute: number,
  attempts: readonly CountedAttempts[],
): Promise<void> {
  const ids = await idsOf(session, minute);
  ids.add(OTHERS_ID);
  let beyond = 0;
  for (const attempt of attempts) {
    const id = idOf(attempt);
    if (!ids.has(id) && ids.size >= MOST_COUNTED_ROWS) {
      beyond += attempt.times;
      continue;
    }
    ids.add(id);
    await session.run(ADD, toValues(minute, attempt, attempt.times));
  }
  if (beyond > 0) await session.run(ADD, toValues(minute, OTHERS, beyond));
}

export async function writeCounts(
  session: SqlSession,
  dialect: SqlDatabase['dialect'],
  attempts: readonly CountedAttempts[],
): Promise<void> {
  if (dialect === 'postgres') await session.all('SELECT pg_advisory_xact_lock(?)', [COUNT_LOCK]);
  for (const [minute, group] of Map.groupBy(attempts, (attempt) => attempt.minute))
    await countMinute(session, minute, group);
}

import type { Ids, SqlDatabase, SqlSession, SqlValue } from '@tallystick/ports';
import { boundedText } from '../stores/sql/bounded-text.ts';
import { createIndexesOf, createTableOf } from '../stores/sql/view-tables.ts';
import { writeCounts } from './audit-counts.ts';
import { createAuditList } from './audit-list.ts';
import { AUDIT_COLUMNS, auditTable } from './audit.tables.ts';
import type { AuditEntry, AuditLog } from './audit.types.ts';

const NAME = 'audit_entries';

/** Any fixed number: registries that start together make the table one after another. */
const SCHEMA_LOCK = 7_455_204;

function createTable(db: SqlDatabase): Promise<void> {
  const key = db.dialect === 'postgres' ? 'TEXT COLLATE "C"' : 'TEXT';
  return db.write(async (session) => {
    if (db.dialect === 'postgres')
      await session.all('SELECT pg_advisory_xact_lock(?)', [SCHEMA_LOCK]);
    // What stands in it is nowhere else: it is never dropped.
    const table = auditTable(NAME, ', times BIGINT');
    for (const statement of [createTableOf(table, ''), ...createIndexesOf(table, '', '')])
      await session.run(
        statement
          .replace(/^(CREATE.*? (?:TABLE|INDEX))/, '$1 IF NOT EXISTS')
          .replaceAll('?KEY', key),
      );
  });
}

const INSERT = `INSERT INTO ${NAME} (${AUDIT_COLUMNS.join(', ')}) VALUES (${AUDIT_COLUMNS.map(() => '?').join(', ')})
  ON CONFLICT (time, id) DO NOTHING`;

function toValues(entry: AuditEntry, ids: Ids): readonly SqlValue[] {
  const { time, tenant, actor, action, subject, remoteAddress, requestId, detail, act } = entry;
  const id = act === undefined ? `r${ids.uuid()}` : `k${act}`;
  const texts = [id, tenant, actor, action, subject, remoteAddress, requestId, detail];
  return [time, ...texts.map((text) => (text === null ? null : boundedText(text)))];
}

async function record(session: SqlSession, ids: Ids, entries: readonly AuditEntry[]) {
  for (const entry of entries) await session.run(INSERT, toValues(entry, ids));
}

async function forget(session: SqlSession, before: number, most: number): Promise<number> {
  let dropped = 0;
  for (const table of ['audit', NAME])
    dropped += await session.run(
      `DELETE FROM ${table} WHERE (time, id) IN (
         SELECT time, id FROM ${table} WHERE time < ? ORDER BY time, id LIMIT ?)`,
      [before, most - dropped],
    );
  return dropped;
}

/** The view's table must be there before the first list. */
export async function createAuditLog(db: SqlDatabase, ids: Ids): Promise<AuditLog> {
  await createTable(db);
  return {
    record: (entries) => db.write((session) => record(session, ids, entries)),
    count: (attempts) => db.write((session) => writeCounts(session, db.dialect, attempts)),
    list: createAuditList(db),
    forget: (before, most) => db.write((session) => forget(session, before, most)),
  };
}

import type { SqlDatabase } from '@tallystick/ports';
import { createTables } from '../tables.ts';

const TABLES: readonly string[] = [
  `CREATE TABLE IF NOT EXISTS registry_jobs (
     job_id TEXT PRIMARY KEY, tenant TEXT NOT NULL, actor TEXT NOT NULL, dry_run INTEGER NOT NULL,
     state TEXT NOT NULL, undoing INTEGER NOT NULL, undone_by TEXT, row_count BIGINT NOT NULL,
     accepted BIGINT NOT NULL, refused BIGINT NOT NULL, chunks BIGINT NOT NULL,
     secrets_through BIGINT NOT NULL, attempt BIGINT NOT NULL, lease_until BIGINT NOT NULL,
     created_at BIGINT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS registry_jobs_by_age ON registry_jobs (created_at)`,
  `CREATE INDEX IF NOT EXISTS registry_jobs_by_state ON registry_jobs (state, lease_until)`,
  `CREATE TABLE IF NOT EXISTS registry_job_chunks (
     job_id TEXT NOT NULL, n BIGINT NOT NULL, first_row BIGINT NOT NULL, row_count BIGINT NOT NULL,
     accepted BIGINT NOT NULL, refused BIGINT NOT NULL, kept BIGINT NOT NULL,
     undone BIGINT NOT NULL, settled INTEGER NOT NULL, digest ?BLOB NOT NULL, packed TEXT NOT NULL,
     PRIMARY KEY (job_id, n))`,
  `CREATE TABLE IF NOT EXISTS registry_job_names (
     job_id TEXT NOT NULL, name TEXT NOT NULL, first_row BIGINT NOT NULL,
     PRIMARY KEY (job_id, name))`,
];

export function createJobTables(sql: SqlDatabase): Promise<void> {
  const bytes = sql.dialect === 'sqlite' ? 'BLOB' : 'BYTEA';
  return createTables(
    sql,
    TABLES.map((table) => table.replaceAll('?BLOB', bytes)),
  );
}

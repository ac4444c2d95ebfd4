import { decodeJson, type ExplainEntryDocument, type ExplainRecord } from '@tallystick/contracts';
import { parseRfc3339 } from '@tallystick/kernel';
import type { BusBatch, DeliveredRecord, SqlDatabase, SqlSession } from '@tallystick/ports';
import { boundedText } from '@tallystick/projections';
import { createTables } from '../tables.ts';

const KEPT_PER_NAME = 100;
const KEPT_MS = 7 * 24 * 3_600_000;
const SWEEP_EVERY_MS = 3_600_000;

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS registry_decisions (
    id TEXT PRIMARY KEY, record_key TEXT NOT NULL, at BIGINT NOT NULL, body TEXT NOT NULL)`,
  `CREATE INDEX IF NOT EXISTS registry_decisions_by_key ON registry_decisions (record_key, at)`,
  `CREATE INDEX IF NOT EXISTS registry_decisions_by_time ON registry_decisions (at)`,
];

/**
 * The last decisions on each known device, as the gateways told them: what `explain` shows. Shared
 * by every registry process.
 */
export interface ExplainLog {
  prepare(): Promise<void>;
  onBatch(batch: BusBatch): Promise<void>;
  /** Newest first; of one unit, where its ClientId is asked for. */
  last(recordKey: string, clientId?: string): Promise<readonly ExplainEntryDocument[]>;
}

function entryOf(record: ExplainRecord): ExplainEntryDocument {
  const { to, decision, reason, rule, gatewayId, viewPosition, secretVersion, count } = record;
  const shown = { reason, rule, gatewayId, viewPosition, secretVersion, count };
  return { time: to, decision, ...shown, clientId: record.clientId };
}

interface Row {
  readonly id: string;
  readonly key: string;
  readonly at: number;
  readonly body: string;
}

function toRow(record: DeliveredRecord): readonly Row[] {
  const value = record.value === null ? null : decodeJson(record.value);
  const decision = value as unknown as ExplainRecord | null;
  if (decision === null || record.key === null) return [];
  const to: unknown = decision.to;
  const at = (typeof to === 'string' ? parseRfc3339(to) : null) ?? record.timestampMs;
  const id = boundedText(record.headers['ce_id'] ?? `${record.partition}/${record.offset}`);
  return [{ id, key: boundedText(record.key), at, body: JSON.stringify(entryOf(decision)) }];
}

/** Rows of an earlier release have no clientId. */
function entryIn(body: string): ExplainEntryDocument {
  const entry = JSON.parse(body) as Omit<ExplainEntryDocument, 'clientId'> &
    Partial<Pick<ExplainEntryDocument, 'clientId'>>;
  return { ...entry, clientId: entry.clientId ?? null };
}

async function insert(session: SqlSession, rows: readonly Row[]): Promise<void> {
  for (const { id, key, at, body } of rows)
    await session.run(
      `INSERT INTO registry_decisions (id, record_key, at, body) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
      [id, key, at, body],
    );
  for (const key of new Set(rows.map((row) => row.key)))
    await session.run(
      `DELETE FROM registry_decisions WHERE record_key = ? AND id NOT IN (
        SELECT id FROM registry_decisions WHERE record_key = ? ORDER BY at DESC, id DESC LIMIT ${KEPT_PER_NAME})`,
      [key, key],
    );
}

export function createExplainLog(sql: SqlDatabase, now: () => number): ExplainLog {
  let sweptAt = 0;
  const sweep = async (): Promise<void> => {
    if (now() - sweptAt < SWEEP_EVERY_MS) return;
    sweptAt = now();
    await sql.write((session) =>
      session.run('DELETE FROM registry_decisions WHERE at < ?', [sweptAt - KEPT_MS]),
    );
  };
  return {
    prepare: () => createTables(sql, SCHEMA),
    onBatch: async (batch) => {
      const rows = batch.records.flatMap(toRow);
      if (rows.length > 0) await sql.write((session) => insert(session, rows));
      await sweep();
    },
    last: async (recordKey, clientId) => {
      const rows = await sql.read((session) =>
        session.all(
          `SELECT body FROM registry_decisions WHERE record_key = ? ORDER BY at DESC, id DESC LIMIT ${KEPT_PER_NAME}`,
          [boundedText(recordKey)],
        ),
      );
      const entries = rows.map((row) => entryIn(String(row['body'])));
      return clientId === undefined
        ? entries
        : entries.filter((entry) => entry.clientId === clientId);
    },
  };
}

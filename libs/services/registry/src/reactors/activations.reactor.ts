import { parseSignalBatch, type SessionSignal } from '@tallystick/contracts';
import type { BusBatch, DeliveredRecord, SqlDatabase } from '@tallystick/ports';
import { createTables } from '../tables.ts';
import type { ReadMarks } from './read-marks.ts';

/**
 * Header of a record that says nothing but that all before it has been read: its value is null, so
 * that every other reader passes it over.
 */
export const MARKER_HEADER = 'tallystick-marker-at';

const SCHEMA = `CREATE TABLE IF NOT EXISTS registry_signals_read (
  partition_id INTEGER PRIMARY KEY, read_to BIGINT NOT NULL)`;
const AT_ONCE = 32;

export type Activation = Extract<SessionSignal, { readonly type: 'activated' }>;

export interface ActivationsReactorDeps {
  readonly sql: SqlDatabase;
  readonly activate: (activation: Activation, gatewayId: string) => Promise<void>;
  readonly marks: Pick<ReadMarks, 'onRead'>;
}

/**
 * Turns the gateways' first logins into commands, and notes how far internal.sessions.v1 has been
 * read, for every registry to see.
 */
export interface ActivationsReactor {
  prepare(): Promise<void>;
  onBatch(batch: BusBatch): Promise<void>;
  /**
   * All that was written to the partition up to this instant has been read; 0: nothing is known.
   */
  readTo(partition: number): Promise<number>;
}

/**
 * By the clock of the registry that asked; it may have been ahead, and what the log took after it
 * was not read by then.
 */
function markerOf(record: DeliveredRecord): number {
  const at = Number(record.headers[MARKER_HEADER] ?? 0);
  return Number.isFinite(at) ? Math.min(at, record.timestampMs) : 0;
}

export function createActivationsReactor(deps: ActivationsReactorDeps): ActivationsReactor {
  const { sql, activate, marks } = deps;

  const note = (partition: number, at: number): Promise<number> =>
    sql.write((session) =>
      session.run(
        `INSERT INTO registry_signals_read (partition_id, read_to) VALUES (?, ?)
         ON CONFLICT (partition_id) DO UPDATE SET read_to = excluded.read_to
         WHERE excluded.read_to > registry_signals_read.read_to`,
        [partition, at],
      ),
    );

  return {
    prepare: () => createTables(sql, [SCHEMA]),
    onBatch: async (batch) => {
      const work = batch.records.flatMap((record) => {
        const signals = parseSignalBatch(record.value);
        return (signals?.signals ?? []).flatMap((signal) =>
          signal.type === 'activated' ? [() => activate(signal, signals?.gatewayId ?? '')] : [],
        );
      });
      for (let from = 0; from < work.length; from += AT_ONCE) {
        await Promise.all(work.slice(from, from + AT_ONCE).map((each) => each()));
        await batch.heartbeat();
      }
      const marker = Math.max(0, ...batch.records.map(markerOf));
      if (marker > 0) await note(batch.partition, marker);
      await marks.onRead(batch.partition, batch.records);
    },
    readTo: async (partition) => {
      const rows = await sql.read((session) =>
        session.all('SELECT read_to FROM registry_signals_read WHERE partition_id = ?', [
          partition,
        ]),
      );
      return Number(rows[0]?.['read_to'] ?? 0);
    },
  };
}

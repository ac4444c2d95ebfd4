import type { AllPage, ReadAllOptions, StoredEvent } from './event-store.port.ts';
import type { SqlSession } from './sql.port.ts';

/** An event as a fold needs it. */
export type LoggedEvent = Pick<
  StoredEvent,
  'stream' | 'revision' | 'position' | 'type' | 'schemaVersion' | 'time' | 'data' | 'meta'
>;

export interface ReadByStreamOptions {
  /** The last event that was read; null: from the start. */
  readonly after: Pick<LoggedEvent, 'stream' | 'revision'> | null;
  /** Events beyond this position are left out. */
  readonly upTo: number;
  readonly limit: number;
}

/** The log, read within a transaction of the database in which the store stands. */
export interface LogReader {
  /** As EventStore.readAll. */
  readAll(session: SqlSession, options: ReadAllOptions): Promise<AllPage>;
  /**
   * Stream by stream: the events of one stand side by side, in the order of their revisions. In
   * which order the streams come is the database's choice. Less than `limit`: those were the last.
   */
  readByStream(session: SqlSession, options: ReadByStreamOptions): Promise<readonly LoggedEvent[]>;
}

import type { LoggedEvent, SqlDatabase, SqlSession, SqlValue } from '@tallystick/ports';
import type { Table } from '../stores/sql/statements.ts';

/** A table of a view. `?KEY` in its columns stands for text that is compared by its bytes. */
export interface ViewTable {
  readonly name: string;
  /** What stands in the parentheses of CREATE TABLE. */
  readonly columns: string;
  /** The columns that make a row unique. */
  readonly key: string;
  /** Further indexes: by their names, what stands behind the table's name. */
  readonly indexes?: Readonly<Record<string, string>>;
  /**
   * When a build beside makes its indexes. Absent: once the log is folded. `first`: with the table.
   * `last`: once the view is complete, because its rows are made of other tables.
   */
  readonly indexed?: 'first' | 'last';
  /** A row of which this holds says the same as none. */
  readonly meansNothing?: string;
}

/** Which tables of a view are meant: those that are asked, or those that are built beside them. */
export type Place = '' | '_beside';

export interface TableRows {
  readonly table: Table;
  readonly rows: readonly SqlValue[][];
}

/** Folds one stream from its first event on. */
export interface StreamFold {
  add(event: LoggedEvent): void;
  /** The rows that the stream has come to; none where it has ended. */
  rows(): readonly TableRows[];
}

/** One transaction of a build; it rejects once another process has taken the build over. */
export type BuildWrite = <T>(
  work: (session: SqlSession, dialect: SqlDatabase['dialect']) => Promise<T>,
) => Promise<T>;

/**
 * Rows that are folded from the store's log alone: dropped and folded again, they are the same. If
 * the tables or their content change, the view gets a new version and its rows are built again.
 */
export interface IdentityView {
  readonly name: string;
  readonly version: number;
  readonly tables: readonly ViewTable[];
  /** Its streams begin so. */
  readonly prefix: string;
  /** Applies events in order; `events` may hold streams that the view does not know. */
  apply(session: SqlSession, events: readonly LoggedEvent[], place: Place): Promise<void>;
  /** null: none of its streams. */
  open(stream: string): StreamFold | null;
  /** Fills the tables beside that are made of the view's others. */
  complete?(write: BuildWrite): Promise<void>;
  /** Mends those rows where they have missed what others changed meanwhile. */
  reconcile?(write: BuildWrite, place: Place): Promise<void>;
}

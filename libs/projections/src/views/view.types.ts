import type { SqlSession, StoredEvent } from '@tallystick/ports';

/** A table of a view. `?KEY` in its columns stands for text that is compared by its bytes. */
export interface ViewTable {
  readonly name: string;
  /** What stands in the parentheses of CREATE TABLE. */
  readonly columns: string;
  /** The columns that make a row unique. */
  readonly key: string;
  /** Further indexes: by their names, what stands behind the table's name. */
  readonly indexes?: Readonly<Record<string, string>>;
}

/** Which tables of a view are meant: those that are asked, or those that are built beside them. */
export type Place = '' | '_beside';

/**
 * Rows that are folded from the store's log alone: dropped and folded again, they are the same. If
 * the tables or their content change, the view gets a new version and its rows are built again.
 */
export interface IdentityView {
  readonly name: string;
  readonly version: number;
  readonly tables: readonly ViewTable[];
  /** Applies events in order; `events` may hold streams that the view does not know. */
  apply(session: SqlSession, events: readonly StoredEvent[], place: Place): Promise<void>;
}

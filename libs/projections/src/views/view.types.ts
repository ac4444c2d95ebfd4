import type { SqlSession, StoredEvent } from '@tallystick/ports';

/**
 * Rows that are folded from the store's log alone: dropped and folded again, they are the same. If
 * the tables or their content change, the view gets a new version and its rows are built again.
 */
export interface IdentityView {
  readonly name: string;
  readonly version: number;
  readonly tables: readonly string[];
  /** CREATE statements. `KEY` stands for text that is compared by its bytes. */
  readonly schema: readonly string[];
  /** Applies events in order; `events` may hold streams that the view does not know. */
  apply(session: SqlSession, events: readonly StoredEvent[]): Promise<void>;
}

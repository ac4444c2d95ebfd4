/** Which store it is, and how often it was adopted after it had lost its tail. */
export interface StoreIdentity {
  /** Random, made with the store; a copy or a restore of the database has the same. */
  readonly storeId: string;
  /** From 1, raised by every {@link StoreTail.adopt}. */
  readonly incarnation: number;
}

export interface StoreState extends StoreIdentity {
  /** The last position that was given. After an adoption no event may stand there. */
  readonly head: number;
  /** Of the database's tables. */
  readonly schemaVersion: number;
}

/**
 * Positions that were given before an adoption and are void since: greater than `after`, up to and
 * with `through`.
 */
export interface LostPositions {
  /** The incarnation that began with the adoption. */
  readonly incarnation: number;
  readonly after: number;
  readonly through: number;
}

/**
 * Recognises another store, and a store that has lost its tail (libs/README.md, rule 11).
 * - Its answers are read from the database each time: another process may have adopted the store
 *   since.
 * - Failures are PortErrors, as the event store has them.
 */
export interface StoreTail {
  state(): Promise<StoreState>;
  /** The id of the event at a position; null: none stands there. */
  idAt(position: number): Promise<string | null>;
  /** Oldest first; one for each adoption. */
  losses(): Promise<readonly LostPositions[]>;
  /**
   * While the store's head is below this position every append fails with PortError `lost-tail`,
   * whatever database answers it. Only ever raised; an adoption brings the head above it.
   */
  requireHead(position: number): void;
  /**
   * Calls the listener at every new connection to the database: after a fail-over it may be another
   * one. There is one listener.
   */
  onConnected(listener: () => void): void;
  /** Not null: every append fails with PortError `lost-tail` and this text. */
  refuseAppends(why: string | null): void;
  /**
   * One transaction. The incarnation is raised by one, and at least to `incarnation`. The head is
   * raised at least to `above`, so that the next event stands beyond it. The positions between the
   * old head and the new one are noted as lost.
   */
  adopt(least: { readonly above: number; readonly incarnation: number }): Promise<StoreState>;
}

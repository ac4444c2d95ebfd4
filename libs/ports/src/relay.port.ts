import type { BusRecord } from './event-bus.port.ts';
import type { StoredEvent } from './event-store.port.ts';
import type { StoreIdentity } from './store-tail.port.ts';

/** How far a lane has come. */
export interface LaneReached {
  readonly identity: StoreIdentity;
  /** Store position. */
  readonly upTo: number;
  /** Epoch milliseconds. */
  readonly upToTime: number;
  readonly transient: boolean;
}

/** What an adoption has made of the log (libs/README.md, rule 11). */
export interface Adoption {
  readonly identity: StoreIdentity;
  /** Records on the bus with a greater position are void. */
  readonly voidAfter: number;
  /** The last position that was ever given. */
  readonly head: number;
  /** Epoch milliseconds. */
  readonly toldAt: number;
}

/**
 * What one lane of the relay makes of stored events: the application says it, the relay's loop only
 * carries it.
 */
export interface RelayMapper {
  /** The event types that the lane reads; undefined: all. */
  readonly types: readonly string[] | undefined;
  /**
   * Called for one part of a batch after another, in position order. Empty: none of them is of the
   * lane's concern.
   */
  map(events: readonly StoredEvent[], identity: StoreIdentity): Promise<readonly BusRecord[]>;
  /** One for each partition of the lane's own topic. */
  ticks(reached: LaneReached): readonly BusRecord[];
  /**
   * Publishes everything that readers of the lane hold again, after an adoption; `write` commits
   * one part after another.
   */
  renew(adoption: Adoption, write: (records: readonly BusRecord[]) => Promise<void>): Promise<void>;
  /** The log is read again from an earlier position. */
  forget(): void;
  /**
   * The record to send in place of one that the bus will never take; null: none, readers can do
   * without it. A record that refuses somebody must not be left out: it is replaced by one that
   * refuses more (for a credential: nobody is let in).
   */
  instead(record: BusRecord): BusRecord | null;
}

/** Where the relay tells what it does. */
export interface RelayLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

import type {
  BusRecord,
  Clock,
  EventBus,
  EventStore,
  StoredEvent,
  StoreIdentity,
  StoreTail,
} from '@tallystick/ports';

export type RelayLane = 'fast' | 'bulk';

/** What a lane makes of stored events: the application's part, which this loop only carries. */
export interface RelayMapper {
  /** The event types that the lane reads; undefined: all. */
  readonly types: readonly string[] | undefined;
  /**
   * Called for one part of a batch after another, in position order. Empty: none of them is of the
   * lane's concern.
   */
  map(events: readonly StoredEvent[], identity: StoreIdentity): Promise<readonly BusRecord[]>;
  /** One for each partition of the lane's own topic. */
  ticks(reached: {
    readonly identity: StoreIdentity;
    readonly upTo: number;
    readonly upToTime: number;
    readonly transient: boolean;
  }): readonly BusRecord[];
  /**
   * All that readers of the lane hold, told anew after an adoption; `write` commits one part after
   * another.
   */
  renew(adoption: Adoption, write: (records: readonly BusRecord[]) => Promise<void>): Promise<void>;
  /** The log is read again from an earlier position. */
  forget(): void;
  /**
   * What is told in place of a record that the bus will never take; null: nothing, readers can do
   * without it. What keeps somebody out must not be left out: it is replaced by what keeps out
   * more.
   */
  instead(record: BusRecord): BusRecord | null;
}

/** What an adoption has made of the log (libs/README.md, rule 11). */
export interface Adoption {
  readonly identity: StoreIdentity;
  /** What the bus was told of with a greater position is void. */
  readonly voidAfter: number;
  /** The last position that was ever given. */
  readonly head: number;
  /** Epoch milliseconds. */
  readonly toldAt: number;
}

export interface RelayLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface Pace {
  /** Events of one batch, which is one transaction. */
  readonly batch: number;
  /** An idle lane says so this often. */
  readonly idleTickMs: number;
  /** A lane that moved past events that are not its concern says so after this long. */
  readonly movedTickMs: number;
  /** A lane that found nothing of its concern looks again no sooner. */
  readonly restMs: number;
  /**
   * After this many positions without a batch the progress is written all the same, so that a new
   * leader does not read them again.
   */
  readonly saveEvery: number;
}

/** Fast: everything waiting goes in one transaction, for each takes 30 ms, however small. */
export const PACE: Readonly<Record<RelayLane, Pace>> = {
  fast: { batch: 2000, idleTickMs: 500, movedTickMs: 500, restMs: 10, saveEvery: 20_000 },
  bulk: { batch: 500, idleTickMs: 5000, movedTickMs: 100, restMs: 0, saveEvery: 20_000 },
};

export interface RelayDeps {
  readonly store: Pick<EventStore, 'readAll' | 'waitBeyond'>;
  readonly tail: Pick<StoreTail, 'losses' | 'idAt'>;
  readonly bus: Pick<EventBus, 'openFencedWriter' | 'openPublisher'>;
  readonly lane: RelayLane;
  readonly mapper: RelayMapper;
  readonly clock: Clock;
  readonly log: RelayLog;
  /** Ends the lane after the commit under way. */
  readonly signal: AbortSignal;
  readonly pace?: Partial<Pace>;
  /** A record was replaced or passed over, for the bus will never take it. */
  readonly onSetAside?: (record: BusRecord, why: string) => void;
  /** The store is not what the bus was told of: nothing is written until it is adopted. */
  readonly onLostTail?: () => void;
}

export interface LaneStatus {
  /**
   * Everything up to here was handed to the bus by this process; the newest batch may be under way.
   */
  readonly position: number;
  /** Positions between that and the store's head when it was last read. */
  readonly lag: number;
}

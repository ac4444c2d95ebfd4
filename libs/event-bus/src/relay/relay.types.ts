import type {
  BusRecord,
  Clock,
  EventBus,
  EventStore,
  RelayLog,
  RelayMapper,
  StoreTail,
} from '@tallystick/ports';

export type RelayLane = 'fast' | 'bulk';

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
   * After this many positions without a batch the progress is written too, so that a new leader
   * does not read them again.
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
  /** The store lacks events that stand on the bus: nothing is written until it is adopted. */
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

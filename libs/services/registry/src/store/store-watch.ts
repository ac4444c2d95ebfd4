import {
  judgeStore,
  newestTold,
  toMark,
  type Standing,
  type StoreMark,
} from '@tallystick/event-bus';
import type { EventBus, StoreState, StoreTail } from '@tallystick/ports';

export interface StoreWatchDeps {
  readonly tail: StoreTail;
  readonly bus: Pick<EventBus, 'progressOf'>;
  /**
   * How far the relay has come where this process leads it: it commits its progress with records
   * alone.
   */
  readonly relaying: () => { readonly fast: number; readonly bulk: number };
  /** The highest position that a gateway has reported: it is not given again either. */
  readonly reported: () => number;
  /**
   * Asked once for each loss: the lost positions that the bus still shows as restrictions; null:
   * not known.
   */
  readonly lostRestrictions: (of: {
    readonly after: number;
    readonly told: number;
  }) => Promise<readonly number[] | null>;
  /** The store was put back while this process ran: what it remembers of streams may be void. */
  readonly onLost: () => void;
  readonly log: {
    error(fields: object, message: string): void;
    info(fields: object, message: string): void;
  };
}

export interface Seen {
  readonly store: StoreState;
  readonly relayed: { readonly fast: number; readonly bulk: number };
  /** null: the store is whole. */
  readonly lost: string | null;
}

/** Lost positions; null: they are not known. */
export type Restrictions = readonly number[] | null;

/**
 * Whether the store still has every event that stands on the bus (libs/README.md, rule 11). Every
 * registry looks for itself, whichever leads the relay.
 */
export interface StoreWatch {
  /** null: the store is whole, as far as is known. */
  lost(): string | null;
  /** Looks now; rejects with {@link BusAway}, or as the store does. */
  look(): Promise<Seen>;
  /** What was seen last; null: nothing yet. */
  last(): Seen | null;
  /**
   * false: nothing is lost. Else the restrictions that are undone by it, by their lost positions.
   */
  adopt(): Promise<Restrictions | false>;
  /** The restrictions that are lost now; resolves when they are read. */
  restrictions(): Promise<Restrictions>;
  stop(): void;
}

/** The marks on the bus cannot be read now. */
export class BusAway extends Error {}

const LOOK_EVERY_MS = 2_000;

interface Lane {
  readonly position: number;
  readonly mark: StoreMark | null;
}

async function readLane(bus: StoreWatchDeps['bus'], lane: 'fast' | 'bulk'): Promise<Lane> {
  const found = await bus.progressOf(`relay-${lane}`).catch((cause: unknown) => {
    throw new BusAway(`what lane ${lane} was told of cannot be read`, { cause });
  });
  return found === null
    ? { position: 0, mark: null }
    : { position: found.progress, mark: toMark(found) };
}

async function judge(
  tail: StoreTail,
  { position, mark }: Lane,
  store: StoreState,
): Promise<Standing> {
  const idAt = mark === null ? null : await tail.idAt(position);
  return judgeStore(position, mark, { head: store.head, identity: store, idAt });
}

async function readAll({ tail, bus }: StoreWatchDeps) {
  // The marks are read first: events published until then cannot lie beyond the head that is read
  // afterwards.
  const lanes = await Promise.all([readLane(bus, 'fast'), readLane(bus, 'bulk')]);
  const store = await tail.state();
  const standings = await Promise.all(lanes.map((lane) => judge(tail, lane, store)));
  const lost = standings.find((standing) => standing.state === 'lost-tail')?.detail ?? null;
  const adopted = standings.some(({ state }) => state === 'adopted');
  return { lanes, store, lost, adopted };
}

class LookingWatch implements StoreWatch {
  readonly #deps: StoreWatchDeps;
  readonly #timer: NodeJS.Timeout;
  #lost: string | null = null;
  #restrictions: Restrictions = null;
  #looking: Promise<Seen> | null = null;
  #last: Seen | null = null;
  #adopting: Promise<unknown> = Promise.resolve();

  constructor(deps: StoreWatchDeps) {
    this.#deps = deps;
    this.#timer = setInterval(() => void this.look().catch(() => undefined), LOOK_EVERY_MS);
  }

  lost(): string | null {
    return this.#lost;
  }

  last(): Seen | null {
    return this.#last;
  }

  look(): Promise<Seen> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = null)));
  }

  async #look(): Promise<Seen> {
    const { tail, relaying } = this.#deps;
    const read = await readAll(this.#deps);
    this.#note(read.lost, read.store.head);
    this.#compare(read.store);
    // After an adoption, the marks still describe the time before it.
    if (read.lost === null && !read.adopted)
      for (const { position } of read.lanes) tail.requireHead(position);
    const [fast, bulk] = read.lanes.map(({ position }) => position);
    const now = relaying();
    const relayed = { fast: Math.max(fast ?? 0, now.fast), bulk: Math.max(bulk ?? 0, now.bulk) };
    return (this.#last = { store: read.store, lost: read.lost, relayed });
  }

  #note(found: string | null, head: number): void {
    const { tail, log, onLost } = this.#deps;
    if (found !== null && found !== this.#lost)
      log.error(
        { problem: found, head },
        'the store lost its tail: writes are refused and the relay stands still. GET /api/v1/store says more; put the right store back, or go on without the tail: tallystick store adopt',
      );
    if (found === null && this.#lost !== null) log.info({ head }, 'the store is whole again');
    if (found !== this.#lost) {
      this.#restrictions = null;
      onLost();
    }
    this.#lost = found;
    tail.refuseAppends(found);
  }

  /** Put back and adopted between two looks, as of a process that stood still meanwhile. */
  #compare({ storeId, incarnation }: StoreState): void {
    const before = this.#last?.store;
    if (before === undefined) return;
    if (before.storeId !== storeId || before.incarnation !== incarnation) this.#deps.onLost();
  }

  async #restrictionsOf(after: number, told: number): Promise<Restrictions> {
    this.#restrictions ??= await this.#deps.lostRestrictions({ after, told }).catch(() => null);
    return this.#restrictions;
  }

  async restrictions(): Promise<Restrictions> {
    const { lost, store, relayed } = this.#last ?? (await this.look());
    return lost === null ? [] : this.#restrictionsOf(store.head, relayed.fast);
  }

  /** One after another: the second finds nothing to adopt. */
  adopt(): Promise<Restrictions | false> {
    const mine = this.#adopting.then(() => this.#adopt());
    this.#adopting = mine.catch(() => undefined);
    return mine;
  }

  async #adopt(): Promise<Restrictions | false> {
    const { tail, reported } = this.#deps;
    const found = await readAll(this.#deps);
    if (found.lost === null) return false;
    const told = found.lanes[0]?.position ?? 0;
    const undone = await this.#restrictionsOf(found.store.head, told);
    const known = found.lanes.map(({ mark }) => newestTold(mark));
    await tail.adopt({
      above: Math.max(reported(), ...found.lanes.map(({ position }) => position)),
      incarnation: Math.max(...known) + 1,
    });
    await this.#look();
    return undone;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** Looks at once, and every two seconds. */
export function createStoreWatch(deps: StoreWatchDeps): StoreWatch {
  return new LookingWatch(deps);
}

import { judgeStore, toMark, type Standing, type StoreMark } from '@tallystick/event-bus';
import type { EventBus, StoreState, StoreTail } from '@tallystick/ports';

export interface StoreWatchDeps {
  readonly tail: StoreTail;
  readonly bus: Pick<EventBus, 'progressOf'>;
  /** How far the relay has come where this process leads it: it commits its progress with records alone. */
  readonly relaying: () => { readonly fast: number; readonly bulk: number };
  /** The highest position that a gateway has reported: it is not given again either. */
  readonly reported: () => number;
  /** Asked once for each loss: the lost positions that the bus still shows as restrictions. */
  readonly lostRestrictions: (after: number) => Promise<readonly number[]>;
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

/** Whether the store is what the bus was told of (rule 11). Every registry looks for itself, whoever leads the relay. */
export interface StoreWatch {
  /** null: the store is whole, as far as is known. */
  lost(): string | null;
  /** Looks now; rejects as store and bus do. */
  look(): Promise<Seen>;
  /** null: nothing is lost. Else the restrictions that are undone by it, by their lost positions. */
  adopt(): Promise<readonly number[] | null>;
  /** Of what is lost now; resolves when they are read. */
  restrictions(): Promise<readonly number[]>;
  stop(): void;
}

const LOOK_EVERY_MS = 2_000;

interface Lane {
  readonly position: number;
  readonly mark: StoreMark | null;
}

async function readLane(bus: StoreWatchDeps['bus'], lane: 'fast' | 'bulk'): Promise<Lane> {
  const found = await bus.progressOf(`relay-${lane}`);
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
  // The marks first: what was told then cannot be beyond the head that is read after.
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
  #restrictions: Promise<readonly number[]> | null = null;
  #looking: Promise<Seen> | null = null;
  #adopting: Promise<unknown> = Promise.resolve();

  constructor(deps: StoreWatchDeps) {
    this.#deps = deps;
    this.#timer = setInterval(() => void this.look().catch(() => undefined), LOOK_EVERY_MS);
  }

  lost(): string | null {
    return this.#lost;
  }

  look(): Promise<Seen> {
    return (this.#looking ??= this.#look().finally(() => (this.#looking = null)));
  }

  async #look(): Promise<Seen> {
    const { tail, relaying } = this.#deps;
    const read = await readAll(this.#deps);
    this.#note(read.lost, read.store.head);
    // Of an adopted store the marks still speak of what was before.
    if (read.lost === null && !read.adopted)
      for (const { position } of read.lanes) tail.requireHead(position);
    const [fast, bulk] = read.lanes.map(({ position }) => position);
    const now = relaying();
    const relayed = { fast: Math.max(fast ?? 0, now.fast), bulk: Math.max(bulk ?? 0, now.bulk) };
    return { ...read, relayed };
  }

  #note(found: string | null, head: number): void {
    const { tail, log } = this.#deps;
    if (found !== null && found !== this.#lost)
      log.error(
        { problem: found, head },
        'the store lost its tail: writes are refused and the relay stands still. GET /api/v1/store says more; put the right store back, or go on without the tail: tallystick store adopt',
      );
    if (found === null && this.#lost !== null) log.info({ head }, 'the store is whole again');
    if (found !== this.#lost) this.#restrictions = null;
    this.#lost = found;
    tail.refuseAppends(found);
  }

  #restrictionsAfter(head: number): Promise<readonly number[]> {
    return (this.#restrictions ??= this.#deps.lostRestrictions(head).catch(() => []));
  }

  async restrictions(): Promise<readonly number[]> {
    const { lost, store } = await this.look();
    return lost === null ? [] : this.#restrictionsAfter(store.head);
  }

  /** One after another: the second finds nothing to adopt. */
  adopt(): Promise<readonly number[] | null> {
    const mine = this.#adopting.then(() => this.#adopt());
    this.#adopting = mine.catch(() => undefined);
    return mine;
  }

  async #adopt(): Promise<readonly number[] | null> {
    const { tail, reported } = this.#deps;
    const found = await readAll(this.#deps);
    if (found.lost === null) return null;
    const undone = await this.#restrictionsAfter(found.store.head);
    const known = found.lanes.map(({ mark }) => mark?.incarnation ?? 1);
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

import { PortError } from '@tallystick/kernel';
import {
  pause,
  type AllPage,
  type BusRecord,
  type Clock,
  type PageEnds,
  type RelayMapper,
  type StoredEvent,
  type StoreIdentity,
} from '@tallystick/ports';
import type { LaneWriter } from './lane-writer.ts';
import { renewLane } from './renew-lane.ts';
import type { LaneStatus, Pace, RelayDeps } from './relay.types.ts';
import { judgePage, toNote, type LaneStart, type StoreMark } from './store-mark.ts';

/**
 * What a tick may say. `upTo`: all of the lane's events up to this position were committed before.
 * `upToTime`: all that was appended before this instant has at most that position. Both are facts
 * of the past that nothing later can undo: the store gives each position once, and the instant is
 * read before the page is. So a plain tick needs no fence: one that a stopped former leader sends
 * late is true, only old, and its old `upToTime` makes nobody look fresh.
 */
interface Reached {
  readonly upTo: number;
  readonly upToTime: number;
}

export interface LaneRun {
  /**
   * One page: read, and committed if something of it is the lane's concern. Answers whether more
   * was waiting.
   */
  turn(): Promise<boolean>;
  /** Nothing is waiting: a tick if one is due, then a wait for the store. */
  idle(): Promise<void>;
  status(): LaneStatus;
}

function timeOf(page: AllPage, readAt: number, before: Reached): number {
  const found = page.through >= page.head ? readAt : page.events.at(-1)?.time;
  return Math.max(before.upToTime, found ?? 0);
}

/**
 * Some milliseconds' work: the commit before, and whatever else this process serves, has its turn
 * after it.
 */
const EVENTS_A_TURN = 50;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function mapInTurns(
  mapper: RelayMapper,
  events: readonly StoredEvent[],
  identity: StoreIdentity,
): Promise<readonly BusRecord[]> {
  const records: BusRecord[] = [];
  for (let at = 0; at < events.length; at += EVENTS_A_TURN) {
    if (at > 0) await nextTurn();
    records.push(...(await mapper.map(events.slice(at, at + EVENTS_A_TURN), identity)));
  }
  return records;
}

/** When the next plain tick is due. */
function createTickTimer(clock: Clock, pace: Pace) {
  let saidAt = -Infinity;
  let saidUpTo = -1;
  return {
    dueInMs(upTo: number): number {
      const every = upTo > saidUpTo ? pace.movedTickMs : pace.idleTickMs;
      return Math.max(0, saidAt + every - clock.monotonicMs());
    },
    said(upTo: number): void {
      saidAt = clock.monotonicMs();
      saidUpTo = upTo;
    },
  };
}

type CheckedPage = AllPage & { readonly ends: PageEnds };

/** Throws PortError `lost-tail` where the store is not the one that was read up to here. */
function check(page: AllPage, at: LaneStart): { readonly page: CheckedPage; adopted: boolean } {
  if (page.ends === undefined) throw new Error('the store answered without the ends of the page');
  const checked = { ...page, ends: page.ends };
  const standing = judgePage(at.position, at.mark, checked);
  if (standing.state === 'lost-tail') throw new PortError('lost-tail', standing.detail);
  return { page: checked, adopted: standing.state === 'adopted' };
}

/**
 * One lane, from the progress that the writer found, for as long as the writer holds. Failures of
 * store and bus pass through.
 */
class RunningLane implements LaneRun {
  readonly #deps: RelayDeps;
  readonly #pace: Pace;
  readonly #writer: LaneWriter;
  readonly #ticks: ReturnType<typeof createTickTimer>;
  #reached: Reached;
  #mark: StoreMark | null;
  #identity: StoreIdentity | null;
  #saved: number;
  #head: number;

  constructor(deps: RelayDeps, pace: Pace, writer: LaneWriter, { position, mark }: LaneStart) {
    this.#deps = deps;
    this.#pace = pace;
    this.#writer = writer;
    this.#ticks = createTickTimer(deps.clock, pace);
    this.#reached = { upTo: position, upToTime: 0 };
    this.#mark = mark;
    this.#identity = mark;
    this.#saved = position;
    this.#head = position;
  }

  async turn(): Promise<boolean> {
    const { store, clock, mapper } = this.#deps;
    const readAt = clock.now();
    const filter = mapper.types === undefined ? {} : { types: mapper.types };
    const after = this.#reached.upTo;
    const read = await store.readAll({ after, limit: this.#pace.batch, ends: true, ...filter });
    const { page, adopted } = check(read, { position: after, mark: this.#mark });
    if (adopted) {
      await this.#renew(page.ends.identity);
      return true;
    }
    await this.#pass(page, timeOf(page, readAt, this.#reached));
    return page.through < page.head;
  }

  async #pass(page: CheckedPage, upToTime: number): Promise<void> {
    const { mapper } = this.#deps;
    const { identity, throughId } = page.ends;
    const records = await mapInTurns(mapper, page.events, identity);
    const next = { upTo: page.through, upToTime };
    this.#identity = identity;
    this.#mark = { ...identity, position: next.upTo, eventId: throughId };
    if (records.length > 0 || next.upTo - this.#saved >= this.#pace.saveEvery) {
      const closing = mapper.ticks({ ...next, identity, transient: false });
      const at = { progress: next.upTo, note: toNote(this.#mark) };
      await this.#writer.commit([...records, ...closing], at);
      this.#saved = next.upTo;
      this.#ticks.said(next.upTo);
    }
    this.#reached = next;
    this.#head = page.head;
  }

  async #renew(identity: StoreIdentity): Promise<void> {
    await this.#writer.settled();
    this.#deps.mapper.forget();
    const from = { position: this.#reached.upTo, mark: this.#mark };
    const { position, mark } = await renewLane(this.#deps, this.#writer, from, identity);
    this.#mark = mark;
    this.#identity = mark;
    this.#saved = position;
    this.#reached = { upTo: position, upToTime: this.#reached.upToTime };
  }

  async idle(): Promise<void> {
    const { store, mapper, signal } = this.#deps;
    const { upTo } = this.#reached;
    await this.#writer.settled();
    if (this.#ticks.dueInMs(upTo) === 0 && this.#identity !== null) {
      await this.#keep();
      const tick = { ...this.#reached, identity: this.#identity, transient: true };
      await this.#writer.send(mapper.ticks(tick));
      this.#ticks.said(upTo);
    }
    if (this.#pace.restMs > 0) await pause(this.#pace.restMs, signal);
    await store.waitBeyond(upTo, this.#ticks.dueInMs(upTo), signal);
  }

  /**
   * The progress is written before a plain tick says the position. So a store that ends below it is
   * known to have lost its tail, and an adoption gives none of these positions again.
   */
  async #keep(): Promise<void> {
    const { upTo } = this.#reached;
    if (upTo <= this.#saved || this.#mark === null) return;
    await this.#writer.commit([], { progress: upTo, note: toNote(this.#mark) });
    await this.#writer.settled();
    this.#saved = upTo;
  }

  status(): LaneStatus {
    const { upTo } = this.#reached;
    return { position: upTo, lag: Math.max(0, this.#head - upTo) };
  }
}

export function createLaneRun(
  deps: RelayDeps,
  pace: Pace,
  writer: LaneWriter,
  start: LaneStart,
): LaneRun {
  return new RunningLane(deps, pace, writer, start);
}

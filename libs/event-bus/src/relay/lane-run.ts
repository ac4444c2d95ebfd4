import type { AllPage, BusRecord, Clock, StoredEvent } from '@tallystick/ports';
import type { LaneWriter } from './lane-writer.ts';
import { rest } from './rest.ts';
import type { LaneStatus, Pace, RelayDeps, RelayMapper } from './relay.types.ts';

/**
 * What a tick may say. `upTo`: all of the lane's events up to this position were committed before. `upToTime`: all that was appended before this instant
 * has at most that position. Both are facts of the past that nothing later can undo: the store's order has no gaps, and the instant is read before the page is.
 * So a plain tick needs no fence: one that a stopped former leader sends late is true, only old, and its old `upToTime` makes nobody look fresh.
 */
interface Reached {
  readonly upTo: number;
  readonly upToTime: number;
}

export interface LaneRun {
  /** One page: read, and committed if something of it is the lane's concern. Answers whether more was waiting. */
  turn(): Promise<boolean>;
  /** Nothing is waiting: a tick if one is due, then a wait for the store. */
  idle(): Promise<void>;
  status(): LaneStatus;
}

function timeOf(page: AllPage, readAt: number, before: Reached): number {
  const found = page.through >= page.head ? readAt : page.events.at(-1)?.time;
  return Math.max(before.upToTime, found ?? 0);
}

/** Some milliseconds' work: the commit before, and whatever else this process serves, has its turn after it. */
const EVENTS_A_TURN = 50;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function mapInTurns(
  mapper: RelayMapper,
  events: readonly StoredEvent[],
): Promise<readonly BusRecord[]> {
  const records: BusRecord[] = [];
  for (let at = 0; at < events.length; at += EVENTS_A_TURN) {
    if (at > 0) await nextTurn();
    records.push(...(await mapper.map(events.slice(at, at + EVENTS_A_TURN))));
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

/** One lane, from the progress that the writer found, for as long as the writer holds. Failures of store and bus pass through. */
export function createLaneRun(
  deps: RelayDeps,
  pace: Pace,
  writer: LaneWriter,
  progress: number,
): LaneRun {
  const { store, mapper, clock, signal } = deps;
  const ticks = createTickTimer(clock, pace);
  const filter = mapper.types === undefined ? {} : { types: mapper.types };
  let reached: Reached = { upTo: progress, upToTime: 0 };
  let saved = progress;
  let head = progress;

  return {
    async turn() {
      const readAt = clock.now();
      const page = await store.readAll({ after: reached.upTo, limit: pace.batch, ...filter });
      const records = await mapInTurns(mapper, page.events);
      const next = { upTo: page.through, upToTime: timeOf(page, readAt, reached) };
      if (records.length > 0 || next.upTo - saved >= pace.saveEvery) {
        const closing = mapper.ticks({ ...next, transient: false });
        await writer.commit([...records, ...closing], next.upTo);
        saved = next.upTo;
        ticks.said(next.upTo);
      }
      reached = next;
      head = page.head;
      return page.through < page.head;
    },

    async idle() {
      await writer.settled();
      if (ticks.dueInMs(reached.upTo) === 0) {
        await writer.send(mapper.ticks({ ...reached, transient: true }));
        ticks.said(reached.upTo);
      }
      await rest(pace.restMs, signal);
      await store.waitBeyond(reached.upTo, ticks.dueInMs(reached.upTo), signal);
    },

    status: () => ({ position: reached.upTo, lag: Math.max(0, head - reached.upTo) }),
  };
}

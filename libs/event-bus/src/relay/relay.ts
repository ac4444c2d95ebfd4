import { isPortError, type PortError } from '@tallystick/kernel';
import { pause } from '@tallystick/ports';
import { createLaneRun, type LaneRun } from './lane-run.ts';
import { openLaneWriter, type LaneWriter } from './lane-writer.ts';
import { untilAborted } from './until-aborted.ts';
import { PACE, type LaneStatus, type Pace, type RelayDeps } from './relay.types.ts';
import type { LaneStart } from './store-mark.ts';
import { TakeableRecords } from './takeable.ts';

/** `fenced`: a newer leader writes this lane now. `stopped`: the signal aborted. */
export type RelayEnd = 'fenced' | 'stopped';

export interface Relay {
  /**
   * Resolves when the lane has ended; rejects with what can be neither waited out nor fenced (a
   * defect, an event of a newer release).
   */
  readonly ended: Promise<RelayEnd>;
  status(): LaneStatus;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5000;
/** An operator adopts the store, or puts the right one back. */
const LOST_TAIL_PAUSE_MS = 1000;
/**
 * How long the end of the relay waits for running work: a store or bus that does not answer must
 * not hold it.
 */
const END_WITHIN_MS = 2000;

const startOf = async (writer: LaneWriter): Promise<LaneStart> => ({
  position: await writer.progress(),
  mark: await writer.mark(),
});

const lostTail = async (
  { lane, log, signal, onLostTail }: RelayDeps,
  { message }: PortError,
): Promise<null> => {
  onLostTail?.();
  log.warn({ lane, problem: message }, 'the relay has stopped: the store lost its tail');
  await pause(LOST_TAIL_PAUSE_MS, signal);
  return null;
};

const carefully = (usual: Pace, takeable: TakeableRecords): Pace => ({
  ...usual,
  get batch() {
    return takeable.careful ? 1 : usual.batch;
  },
});

async function turn(run: LaneRun, writer: LaneWriter, takeable: TakeableRecords): Promise<void> {
  const more = await run.turn();
  if (takeable.careful) {
    await writer.settled();
    takeable.passed(run.status().position);
  }
  if (!more) await run.idle();
}

/**
 * Carries one lane of the store's log to the bus, in position order, from where the last leader
 * stopped. Opening the writer fences older ones; only then its progress is read. Each batch, its
 * tick and the new progress are one transaction. When the store or the bus is away, it opens the
 * writer again after a pause. The first pause is long enough for a process that was stopped to
 * learn that it has lost the lead: it must not fence its successor.
 */
export function createRelay(deps: RelayDeps): Relay {
  const { mapper, signal, lane, log } = deps;
  const takeable = new TakeableRecords(deps);
  const pace = carefully({ ...PACE[deps.lane], ...deps.pace }, takeable);
  let run: LaneRun | null = null;
  let pauseMs = FIRST_PAUSE_MS;

  async function relayWith(writer: LaneWriter): Promise<void> {
    mapper.forget();
    run = createLaneRun(deps, pace, writer, await startOf(writer));
    log.info({ lane, position: run.status().position }, 'relaying');
    while (!signal.aborted) {
      await turn(run, writer, takeable);
      pauseMs = FIRST_PAUSE_MS;
    }
    await writer.settled();
  }

  async function lead(): Promise<void> {
    const opening = openLaneWriter(deps, takeable);
    const writer = await untilAborted(opening, signal, 0);
    if (writer === null) return void opening.then((late) => late.close()).catch(() => undefined);
    try {
      await untilAborted(relayWith(writer), signal, END_WITHIN_MS);
    } finally {
      await writer.close();
    }
  }

  /** null: try again. */
  async function attempt(): Promise<RelayEnd | null> {
    try {
      await lead();
      return 'stopped';
    } catch (error) {
      if (isPortError(error, 'fenced')) return 'fenced';
      if (signal.aborted) return 'stopped';
      if (isPortError(error, 'lost-tail')) return await lostTail(deps, error);
      if (isPortError(error, 'unacceptable')) takeable.refused(run?.status().position ?? 0);
      else if (!isPortError(error) || !error.retriable) throw error;
      // The adapter of the store or the bus logs that it is away.
      log.info({ lane, code: error.code, problem: error.message }, 'the relay waits');
      await pause(pauseMs, signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      return null;
    }
  }

  async function until(): Promise<RelayEnd> {
    let end: RelayEnd | null = null;
    while (end === null && !signal.aborted) end = await attempt();
    log.info({ lane, end: end ?? 'stopped' }, 'no longer relaying');
    return end ?? 'stopped';
  }

  return { ended: until(), status: () => run?.status() ?? { position: 0, lag: 0 } };
}

import type { StoreIdentity } from '@tallystick/ports';
import type { LaneWriter } from './lane-writer.ts';
import type { RelayDeps } from './relay.types.ts';
import { toNote, type LaneStart, type StoreMark } from './store-mark.ts';

/**
 * How much of what was told is void, and where the lane goes on: behind the last event that was
 * told and still stands.
 */
async function extentOf(
  { tail }: Pick<RelayDeps, 'tail'>,
  { position, mark }: LaneStart,
  identity: StoreIdentity,
): Promise<{ readonly voidAfter: number; readonly goOn: number; readonly head: number }> {
  // Of another store nothing stands.
  if (mark !== null && mark.storeId !== identity.storeId)
    return { voidAfter: 0, goOn: 0, head: position };
  const since = (await tail.losses()).filter(
    ({ incarnation }) => incarnation > (mark?.incarnation ?? 1),
  );
  const voidAfter = Math.min(...since.map(({ after }) => after), position);
  const head = Math.max(...since.map(({ through }) => through), position);
  return { voidAfter, goOn: voidAfter, head };
}

/** Of a progress that named no store: nothing is known to stand there. */
const unnamed = (position: number, { storeId }: StoreIdentity): StoreMark => ({
  ...{ storeId, incarnation: 1, position, eventId: null },
});

/**
 * Tells a lane's readers all anew after an adoption. The progress stays as it was until the last
 * part: whoever goes on after a crash begins again, and what is told twice is the same. Only that
 * it is being told is noted first: a store that is put back meanwhile is another one than the one
 * whose records readers have by then. The identity stands in the progress at once with the last
 * tick, so that a gateway that has the tick has it all.
 */
export async function renewLane(
  deps: RelayDeps,
  writer: LaneWriter,
  at: LaneStart,
  identity: StoreIdentity,
): Promise<LaneStart> {
  const { mapper, tail, clock, log, lane } = deps;
  const { voidAfter, goOn, head } = await extentOf(deps, at, identity);
  log.warn({ lane, ...identity, voidAfter }, 'the store was adopted: everything is told anew');
  const telling = { ...(at.mark ?? unnamed(at.position, identity)), telling: identity.incarnation };
  const before = { progress: at.position, note: toNote(telling) };
  await writer.commit([], before);
  const toldAt = clock.now();
  await mapper.renew({ identity, voidAfter, head, toldAt }, (records) =>
    writer.commit(records, before),
  );
  const mark = { ...identity, position: goOn, eventId: await tail.idAt(goOn) };
  const ticks = mapper.ticks({ identity, upTo: goOn, upToTime: toldAt, transient: false });
  await writer.commit(ticks, { progress: goOn, note: toNote(mark) });
  await writer.settled();
  log.info({ lane, ...identity }, 'everything was told anew');
  return { position: goOn, mark };
}

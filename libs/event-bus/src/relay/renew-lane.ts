import type { StoreIdentity } from '@tallystick/ports';
import type { LaneWriter } from './lane-writer.ts';
import type { RelayDeps } from './relay.types.ts';
import { toNote, type LaneStart, type StoreMark } from './store-mark.ts';

/**
 * Which published positions are void, and where the lane continues: after the last published event
 * that the store still has.
 */
async function extentOf(
  { tail }: Pick<RelayDeps, 'tail'>,
  { position, mark }: LaneStart,
  identity: StoreIdentity,
): Promise<{ readonly voidAfter: number; readonly goOn: number; readonly head: number }> {
  // Of another store, no published event is still valid.
  if (mark !== null && mark.storeId !== identity.storeId)
    return { voidAfter: 0, goOn: 0, head: position };
  const since = (await tail.losses()).filter(
    ({ incarnation }) => incarnation > (mark?.incarnation ?? 1),
  );
  const voidAfter = Math.min(...since.map(({ after }) => after), position);
  const head = Math.max(...since.map(({ through }) => through), position);
  return { voidAfter, goOn: voidAfter, head };
}

/** For a progress that named no store: no event id is known at that position. */
const unnamed = (position: number, { storeId }: StoreIdentity): StoreMark => ({
  ...{ storeId, incarnation: 1, position, eventId: null },
});

/**
 * Publishes everything that a lane's readers need again after an adoption. The progress changes
 * only with the last part: after a crash the work starts again, and records that are sent twice are
 * equal. One note is written first: that the renewal has begun. If the store is restored again
 * meanwhile, readers may already hold records of this adoption, and the note says so. The new
 * identity enters the progress together with the last tick, so a gateway that has the tick has
 * everything.
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

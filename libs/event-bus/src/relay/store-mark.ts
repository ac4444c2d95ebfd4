import type { PageEnds, StoreIdentity, WriterProgress } from '@tallystick/ports';

/**
 * What a lane notes beside its progress: the store that it read, and the event that stood at that
 * position (libs/README.md, rule 11).
 */
export interface StoreMark extends StoreIdentity {
  readonly position: number;
  /** null: no event stands there (position 0, or the head after an adoption). */
  readonly eventId: string | null;
}

/**
 * Where a lane goes on: what was committed, and what is known of the store that it was read from.
 */
export interface LaneStart {
  readonly position: number;
  readonly mark: StoreMark | null;
}

export function toNote({ storeId, incarnation, eventId }: StoreMark): string {
  return JSON.stringify({ storeId, incarnation, eventId });
}

/** null: a progress of an earlier release, which names no store. */
export function toMark({ progress, note }: WriterProgress): StoreMark | null {
  if (note === '') return null;
  const { storeId, incarnation, eventId } = JSON.parse(note) as Omit<StoreMark, 'position'>;
  return { position: progress, storeId, incarnation, eventId };
}

export type Standing =
  | { readonly state: 'same' }
  /** An operator has adopted the store since: what the bus was told is to be told anew. */
  | { readonly state: 'adopted' }
  | { readonly state: 'lost-tail'; readonly detail: string };

/** Of a progress that names no store: an earlier release wrote it, and knew no adoption. */
const FIRST_INCARNATION = 1;

const SAME: Standing = { state: 'same' };

function lost(detail: string): Standing {
  return { state: 'lost-tail', detail };
}

/**
 * Whether a store, as it is found now, is still the one of which the bus was told up to `position`.
 */
export function judgeStore(
  position: number,
  mark: StoreMark | null,
  found: { readonly head: number; readonly identity: StoreIdentity; readonly idAt: string | null },
): Standing {
  const { head, identity } = found;
  const told = `the bus was told of the store up to position ${position}`;
  if (position > 0 && identity.incarnation > (mark?.incarnation ?? FIRST_INCARNATION))
    return { state: 'adopted' };
  if (mark !== null && identity.storeId !== mark.storeId)
    return lost(`${told} by another store (${mark.storeId}); this one is ${identity.storeId}`);
  if (mark !== null && identity.incarnation < mark.incarnation)
    return lost(
      `${told} by incarnation ${mark.incarnation} of this store; this is an older copy of it (${identity.incarnation})`,
    );
  if (head < position) return lost(`${told}, and the store ends at ${head}`);
  if (mark !== null && mark.eventId !== found.idAt)
    return lost(`${told}, where another event stands now than the one it was told of`);
  return SAME;
}

export function judgePage(
  position: number,
  mark: StoreMark | null,
  page: { readonly head: number; readonly ends: PageEnds },
): Standing {
  const { identity, afterId } = page.ends;
  return judgeStore(position, mark, { head: page.head, identity, idAt: afterId });
}

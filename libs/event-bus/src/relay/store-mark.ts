import type { PageEnds, StoreIdentity, WriterProgress } from '@tallystick/ports';

/** For a progress that names no store: an earlier release wrote it, which knew no adoption. */
const FIRST_INCARNATION = 1;

/**
 * What a lane notes beside its progress: the store that it read, and the event that stood at that
 * position (libs/README.md, rule 11).
 */
export interface StoreMark extends StoreIdentity {
  readonly position: number;
  /** null: no event stands there (position 0, or the head after an adoption). */
  readonly eventId: string | null;
  /**
   * The incarnation of an adoption whose renewal has begun: readers may hold records of it, so it
   * is not given again. Absent: none has begun.
   */
  readonly telling?: number;
}

/**
 * Where a lane goes on: what was committed, and what is known of the store that it was read from.
 */
export interface LaneStart {
  readonly position: number;
  readonly mark: StoreMark | null;
}

export function toNote({ storeId, incarnation, eventId, telling }: StoreMark): string {
  return JSON.stringify({ storeId, incarnation, eventId, telling });
}

/** The highest incarnation whose records readers may hold. */
export function newestTold(mark: StoreMark | null): number {
  return Math.max(mark?.incarnation ?? FIRST_INCARNATION, mark?.telling ?? 0);
}

/** null: a progress of an earlier release, which names no store. */
export function toMark({ progress, note }: WriterProgress): StoreMark | null {
  if (note === '') return null;
  return { ...(JSON.parse(note) as Omit<StoreMark, 'position'>), position: progress };
}

export type Standing =
  | { readonly state: 'same' }
  /** An operator has adopted the store since: everything must be published again. */
  | { readonly state: 'adopted' }
  | { readonly state: 'lost-tail'; readonly detail: string };

const SAME: Standing = { state: 'same' };

function lost(detail: string): Standing {
  return { state: 'lost-tail', detail };
}

interface Found {
  readonly head: number;
  readonly identity: StoreIdentity;
  readonly idAt: string | null;
}

/** Why this is another store than the one whose events stand on the bus; null: it is the same. */
function otherThan(
  mark: StoreMark,
  { storeId, incarnation }: StoreIdentity,
  told: string,
): string | null {
  if (storeId !== mark.storeId)
    return `${told} by another store (${mark.storeId}); this one is ${storeId}`;
  const newest = newestTold(mark);
  return incarnation < newest
    ? `${told} by incarnation ${newest} of this store; this is an older copy of it (${incarnation})`
    : null;
}

/**
 * Whether the store, as it is now, is still the one whose events stand on the bus up to `position`.
 */
export function judgeStore(position: number, mark: StoreMark | null, found: Found): Standing {
  const { head, identity, idAt } = found;
  const told = `the bus was told of the store up to position ${position}`;
  const raised = identity.incarnation > (mark?.incarnation ?? FIRST_INCARNATION);
  if (position > 0 && raised && identity.incarnation >= newestTold(mark))
    return { state: 'adopted' };
  const other = mark === null ? null : otherThan(mark, identity, told);
  if (other !== null) return lost(other);
  if (head < position) return lost(`${told}, and the store ends at ${head}`);
  if (mark !== null && mark.eventId !== idAt)
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

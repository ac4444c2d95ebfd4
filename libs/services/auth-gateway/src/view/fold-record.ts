import { addNodeId, removeNodeId } from './node-ids.ts';
import type { Overlay } from './overlay.ts';
import { asRow, asValue, deviceIdRow, isNewer, rowKeyOf, type ViewRow } from './view-rows.ts';

/** A row that an apply replaced. */
export interface RowChange {
  readonly key: string;
  readonly before: ViewRow | undefined;
  readonly after: ViewRow;
  /** When what made it was appended; null: not known. */
  readonly appendedAt: number | null;
}

/**
 * Puts a record into the view if it is newer than what stands there; null if it is not. A key
 * without a life leaves a marker, so that an older record of the other lane cannot revive it.
 */
export function foldRecord(
  view: Overlay,
  row: ViewRow,
  appendedAt: number | null = null,
): RowChange | null {
  const key = rowKeyOf(row);
  const before = asRow(view.get(key));
  if (!isNewer(row, before)) return null;
  view.put(key, asValue(row));
  moveDeviceId(view, key, before, row);
  moveNodeId(view, before, row);
  return { key, before, after: row, appendedAt };
}

const deviceIdOf = (row: ViewRow | undefined): string | null =>
  row?.kind === 'device' ? row.deviceId : null;

/**
 * A given device id returns once its life has ended, in another partition perhaps: it is taken away
 * only from where it still points.
 */
function moveDeviceId(
  view: Overlay,
  key: string,
  before: ViewRow | undefined,
  after: ViewRow,
): void {
  const [left, gained] = [deviceIdOf(before), deviceIdOf(after)];
  if (left === gained) return;
  if (left !== null && view.get(deviceIdRow(left)) === key) view.delete(deviceIdRow(left));
  if (gained !== null) view.put(deviceIdRow(gained), key);
}

/** The device key alone finds the device as long as it lives, whichever life it is. */
function moveNodeId(view: Overlay, before: ViewRow | undefined, after: ViewRow): void {
  if (before?.kind === 'device' && after.kind !== 'device')
    removeNodeId(view, before.deviceKey, before.productKey);
  if (before?.kind !== 'device' && after.kind === 'device')
    addNodeId(view, after.deviceKey, after.productKey);
}

/**
 * A reset drops the sessions; which one was the last tells it also where several records became
 * one.
 */
export function wasReset({ before, after }: RowChange): boolean {
  if (before?.kind !== 'device' || after.kind !== 'device') return false;
  return after.resetAt !== null && after.resetAt !== before.resetAt;
}

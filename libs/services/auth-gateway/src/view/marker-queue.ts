import { isJsonObject, type JsonObject, type JsonValue } from '@tallystick/kernel';
import type { Overlay } from './overlay.ts';
import { asRow, isGone } from './view-rows.ts';

/** Where the queue of markers stands; kept as a checkpoint. */
export interface MarkerRange {
  readonly head: number;
  readonly tail: number;
}

const entryKey = (n: number): string => `m/${n}`;

/**
 * Markers in the order in which they came, so that they can be found again without reading the
 * whole view.
 */
export function enqueueMarker(
  view: Overlay,
  range: MarkerRange,
  key: string,
  position: number,
): MarkerRange {
  view.put(entryKey(range.tail), { key, position });
  return { head: range.head, tail: range.tail + 1 };
}

interface Entry {
  readonly key: string;
  readonly position: number;
}

// This house alone writes both.
const isEntry = (value: JsonValue | undefined): value is JsonObject & Entry =>
  isJsonObject(value) && 'position' in value;
const isRange = (value: JsonValue | undefined): value is JsonObject & MarkerRange =>
  isJsonObject(value) && 'head' in value;

const PRUNED_PER_APPLY = 1_000;

/**
 * Removes the markers that both lanes have passed: no older record of their keys can come any more.
 */
export function pruneMarkers(view: Overlay, range: MarkerRange, passed: number): MarkerRange {
  let { head } = range;
  const end = Math.min(range.tail, head + PRUNED_PER_APPLY);
  for (; head < end; head += 1) {
    const entry = view.get(entryKey(head));
    if (!isEntry(entry)) {
      view.delete(entryKey(head));
      continue;
    }
    if (entry.position > passed) break;
    view.delete(entryKey(head));
    const row = asRow(view.get(entry.key));
    if (isGone(row) && row.position <= passed) view.delete(entry.key);
  }
  return { head, tail: range.tail };
}

export function toMarkerRange(value: JsonValue | undefined): MarkerRange {
  return isRange(value) ? value : { head: 0, tail: 0 };
}

import type { Lane } from '@tallystick/contracts';
import type { ViewStore } from '@tallystick/ports';
import { foldRecord, type RowChange } from './fold-record.ts';
import type { PartitionMark } from './lane-progress.ts';
import { enqueueMarker, type MarkerRange } from './marker-queue.ts';
import { Overlay } from './overlay.ts';

export interface Applied {
  readonly changes: readonly RowChange[];
  /** The lowest position among the fast lane's records (ticks apart); null when there was none. */
  readonly lowestFast: number | null;
}

/** The changes of one transaction. After a failed write they become part of the next one. */
export class GroupFold implements Applied {
  readonly view: Overlay;
  readonly changes: RowChange[] = [];
  readonly marks = new Map<string, PartitionMark>();
  markers: MarkerRange;
  lowestFast: number | null = null;

  constructor(store: Pick<ViewStore, 'get'>, markers: MarkerRange) {
    this.view = new Overlay(store);
    this.markers = markers;
  }

  add(lane: Lane, row: RowChange['after'], appended: number | null): void {
    if (lane === 'fast') this.lowestFast = Math.min(this.lowestFast ?? row.position, row.position);
    const change = foldRecord(this.view, row, appended);
    if (change === null) return;
    this.changes.push(change);
    if (row.kind === 'gone')
      this.markers = enqueueMarker(this.view, this.markers, change.key, row.position);
  }
}

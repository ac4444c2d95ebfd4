import { gauge, one } from '@tallystick/services-edge';
import type { PartitionProcessor } from './partition/partition-processor.ts';
import type { SessionTracker } from './session-tracker.ts';

const partitions = gauge('tallystick_tracker_partitions', 'Partitions that this tracker owns');
const onlineDevices = gauge(
  'tallystick_tracker_online_devices',
  'Devices with a live session, in the partitions that this tracker owns',
);
const sessions = gauge(
  'tallystick_tracker_sessions',
  'Live sessions, in the partitions that this tracker owns',
);
const inputLag = gauge(
  'tallystick_tracker_input_lag_seconds',
  'Age of the last signal when it was read',
  [],
  'max',
);
const fences = gauge(
  'tallystick_tracker_fences',
  'Terms fenced by the partitions that this tracker owns',
);

const sum = (
  owned: readonly PartitionProcessor[],
  of: (processor: PartitionProcessor) => number,
): number => owned.reduce((total, processor) => total + of(processor), 0);

/** Shows a tracker in the process's metrics until the answer is called. */
export function showMetrics(tracker: SessionTracker): () => void {
  const owned = (): readonly PartitionProcessor[] => [...tracker.processors()];
  const shown = [
    partitions.show(() => one(owned().length)),
    onlineDevices.show(() => one(sum(owned(), ({ state }) => state.onlineDevices))),
    sessions.show(() => one(sum(owned(), ({ state }) => state.sessions))),
    inputLag.show(() => one(Math.max(0, ...owned().map(({ lagMs }) => lagMs)) / 1_000)),
    fences.show(() => one(sum(owned(), ({ fences: fenced }) => fenced))),
  ];
  return () => {
    for (const hide of shown) hide();
  };
}

import { Gauge, register, type Metric } from 'prom-client';
import type { PartitionProcessor } from './partition/partition-processor.ts';
import type { SessionTracker } from './session-tracker.ts';

/** All trackers of this process: a scrape adds them up. */
const running = new Set<SessionTracker>();

const processors = (): PartitionProcessor[] =>
  [...running].flatMap((tracker) => [...tracker.processors()]);

function define(
  name: string,
  help: string,
  read: (owned: readonly PartitionProcessor[]) => number,
): Metric {
  return new Gauge({
    name: `tallystick_tracker_${name}`,
    help,
    collect() {
      this.set(read(processors()));
    },
  });
}

const sum = (
  owned: readonly PartitionProcessor[],
  of: (processor: PartitionProcessor) => number,
): number => owned.reduce((total, processor) => total + of(processor), 0);

/** Shows a tracker in the process's metrics until the answer is called. */
export function showMetrics(tracker: SessionTracker): () => void {
  running.add(tracker);
  if (register.getSingleMetric('tallystick_tracker_partitions') === undefined) {
    define('partitions', 'partitions owned', (owned) => owned.length);
    define('online_devices', 'devices with a live session', (owned) =>
      sum(owned, ({ state }) => state.onlineDevices),
    );
    define('sessions', 'live sessions', (owned) => sum(owned, ({ state }) => state.sessions));
    define('input_lag_milliseconds', 'age of the last signal when it was read', (owned) =>
      Math.max(0, ...owned.map(({ lagMs }) => lagMs)),
    );
    define('fences', 'terms fenced by the partitions now owned', (owned) =>
      sum(owned, ({ fences }) => fences),
    );
  }
  return () => running.delete(tracker);
}

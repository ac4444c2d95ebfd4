import type { Clock, EventBus } from '@tallystick/ports';
import { one } from './metrics/metrics.ts';
import { clockError } from './metrics/shared-metrics.ts';

/**
 * The one time of the installation (libs/README.md, rule 12): the log's, by this process's
 * monotonic clock; until the log has told, this machine's wall clock. A wall clock that is set
 * while the app runs changes nothing but the error that is shown.
 */
export function createBusClock(
  clock: Clock,
  bus: Pick<EventBus, 'clockErrorMs' | 'timeAt'>,
): Clock {
  clockError.show(() => one((bus.clockErrorMs() ?? 0) / 1_000));
  return {
    now: () => Math.round(bus.timeAt(clock.monotonicMs()) ?? clock.now()),
    monotonicMs: () => clock.monotonicMs(),
  };
}

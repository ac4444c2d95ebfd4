import type { Clock, EventBus } from '@tallystick/ports';
import { one } from './metrics/metrics.ts';
import { clockError } from './metrics/shared-metrics.ts';

/**
 * The one time of the installation (rule 12): this machine's clock, corrected by how far it is from
 * the log's. Monotonic time stays as it is.
 */
export function createBusClock(clock: Clock, bus: Pick<EventBus, 'clockErrorMs'>): Clock {
  clockError.show(() => one((bus.clockErrorMs() ?? 0) / 1_000));
  return {
    now: () => clock.now() - Math.round(bus.clockErrorMs() ?? 0),
    monotonicMs: () => clock.monotonicMs(),
  };
}

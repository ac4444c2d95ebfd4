import { TOPIC_DEFINITIONS } from '@tallystick/contracts';
import type { EventBus } from '@tallystick/ports';

/**
 * The checkpoint that stands in a complete view, so that the next start needs no broker to know
 * them.
 */
export const PARTITIONS = 'partitions';

export function partitionCounts(bus: Pick<EventBus, 'partitions'>): Record<string, number> {
  return Object.fromEntries(
    TOPIC_DEFINITIONS.map(({ name }) => [name, bus.partitions(name)] as const),
  );
}

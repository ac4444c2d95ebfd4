import { TOPIC_DEFINITIONS } from '@tallystick/contracts';
import { isPortError } from '@tallystick/kernel';
import { pause, type EventBus } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';

const AGAIN_MS = 1_000;

/**
 * Waits for a bus that is away, as long as it takes: a tracker that starts before its broker is not
 * to be started again by hand.
 */
export async function reachTopics(bus: EventBus, logger: Logger): Promise<void> {
  const { signal } = new AbortController();
  for (;;)
    try {
      return await bus.ensureTopics(TOPIC_DEFINITIONS);
    } catch (error) {
      if (!isPortError(error) || !error.retriable) throw error;
      logger.debug({ err: error }, 'the topics are not reached');
      await pause(AGAIN_MS, signal);
    }
}

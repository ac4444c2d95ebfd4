import type { Campaign, Leadership } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import { pause } from './bus-link.ts';

const EVERY_MS = 30_000;

/** One registry of all sweeps, round after round; a round that fails is made again at its time. */
export function startSweeping(
  leadership: Leadership,
  logger: Logger,
  pendingMs: number,
  round: () => Promise<void>,
): Campaign {
  // Short pending times (tests, demonstrations) are held to as well.
  const everyMs = Math.max(100, Math.min(EVERY_MS, pendingMs / 4));
  return leadership.campaign('registry-sweeper', async (signal) => {
    while (!signal.aborted) {
      await round().catch((error: unknown) => logger.warn({ err: error }, 'a sweep has failed'));
      await pause(everyMs, signal);
    }
  });
}

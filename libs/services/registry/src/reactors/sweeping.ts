import type { Campaign, Leadership } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import { pause } from './bus-link.ts';

const EVERY_MS = 30_000;

/** One registry of all sweeps, again and again; what fails is tried again at its next time. */
export function startSweeping(
  leadership: Leadership,
  logger: Logger,
  pendingMs: number,
  rounds: readonly (() => Promise<unknown>)[],
): Campaign {
  // Short pending times (tests, demonstrations) are held to as well.
  const everyMs = Math.max(100, Math.min(EVERY_MS, pendingMs / 4));
  return leadership.campaign('registry-sweeper', async (signal) => {
    while (!signal.aborted) {
      for (const round of rounds)
        await round().catch((error: unknown) => logger.warn({ err: error }, 'a sweep has failed'));
      await pause(everyMs, signal);
    }
  });
}

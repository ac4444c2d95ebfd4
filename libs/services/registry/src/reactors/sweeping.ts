import { levelOf } from '@tallystick/kernel';
import { pause, type Campaign, type Leadership } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';

/** What is done again and again, each at its own pace. */
export interface Round {
  readonly everyMs: number;
  readonly run: () => Promise<unknown>;
}

/** One registry of all sweeps; what fails is tried again at its next time. */
export function startSweeping(
  leadership: Leadership,
  logger: Logger,
  rounds: readonly Round[],
): Campaign {
  const repeat = async ({ everyMs, run }: Round, signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await run().catch((error: unknown) =>
        logger[levelOf(error)]({ err: error }, 'a sweep has failed'),
      );
      await pause(everyMs, signal);
    }
  };
  return leadership.campaign('registry-sweeper', async (signal) => {
    await Promise.all(rounds.map((round) => repeat(round, signal)));
  });
}

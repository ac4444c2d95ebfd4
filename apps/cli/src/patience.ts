import { pause } from '@tallystick/ports';
import type { Context } from './command.types.ts';
import { BrokenOff, Interrupted, passes, Unreachable } from './failures.ts';

/** Before each next try: about a minute together, as long as a platform takes to start again. */
const PAUSES_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000];

interface Trial {
  readonly signal: AbortSignal;
  /** The platform has answered before: that nobody is there now may pass. */
  readonly begun: boolean;
  /** Told before each next try; what it throws ends the trying. */
  readonly again: (error: unknown, tries: string) => void;
}

/**
 * What the work resolves with, tried again a bounded number of times while a failure may pass.
 * Where nobody is there at the first try, nobody is waited for.
 */
export async function patiently<T>(work: () => Promise<T>, trial: Trial): Promise<T> {
  const { signal, again } = trial;
  let { begun } = trial;
  for (let tries = 0; ; tries += 1)
    try {
      return await work();
    } catch (error) {
      begun ||= error instanceof BrokenOff || !(error instanceof Unreachable);
      const pauseMs = PAUSES_MS[tries];
      if (pauseMs === undefined || !begun || !passes(error)) throw error;
      again(error, `try ${tries + 1} of ${PAUSES_MS.length} in ${pauseMs / 1_000} s`);
      await pause(pauseMs, signal);
      if (signal.aborted) throw new Interrupted();
    }
}

/** Asks for what is followed over restarts of the platform, which is told once a restart. */
export function askPatiently(path: string, { api, output, signal }: Context): Promise<unknown> {
  return patiently(async () => (await api.get(path)).body, {
    signal,
    begun: true,
    again: (error, tries) =>
      output.err(`${error instanceof Error ? error.message : String(error)}: ${tries}`),
  });
}

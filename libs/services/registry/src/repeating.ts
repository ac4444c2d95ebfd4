import { pause } from '@tallystick/ports';

export interface Repeating {
  /** Does the work once more, and waits for it. */
  stop(): Promise<void>;
}

/** Does the work again and again, first after so long. It must not reject. */
export function repeatEvery(everyMs: number, work: () => Promise<void>): Repeating {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await pause(everyMs, stopping.signal);
      await work();
    }
  };
  const done = run();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

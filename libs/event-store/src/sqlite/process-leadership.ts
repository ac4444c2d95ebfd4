import { pause, type Leadership } from '@tallystick/ports';

const AGAIN_MS = 200;

/** On SQLite the process that owns the file leads, always. A lead that ends is taken up again. */
export const processLeadership: Leadership = {
  campaign: (_name, lead) => {
    const stopping = new AbortController();
    const done = (async () => {
      while (!stopping.signal.aborted) {
        await lead(stopping.signal).catch(() => undefined);
        if (!stopping.signal.aborted) await pause(AGAIN_MS, stopping.signal);
      }
    })();
    return {
      stop: async () => {
        stopping.abort();
        await done;
      },
    };
  },
};

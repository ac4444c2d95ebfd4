/** Resolves after `ms`, or as soon as `signal` aborts; at once when it already has. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/**
 * What the work resolves with, or undefined once `ms` have passed; rejects when the work does so
 * before. What the work still does after that is the caller's to end.
 */
export async function withinMs<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

export interface Trying {
  /** Ends the trying. */
  readonly signal: AbortSignal;
  readonly everyMs: number;
  /** Told of each failure, and how many there were before. What it throws ends the trying. */
  readonly failed: (error: unknown, before: number) => void;
}

/** What the work resolves with, tried again until it does; undefined: the signal aborted before. */
export async function keepTrying<T>(
  work: () => Promise<T>,
  { signal, everyMs, failed }: Trying,
): Promise<T | undefined> {
  for (let before = 0; !signal.aborted; before += 1)
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) return undefined;
      failed(error, before);
      await pause(everyMs, signal);
    }
  return undefined;
}

/**
 * What the work resolves with; null when the signal has been aborted for `withinMs` before that.
 * What the work still does then is the caller's to end.
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal,
  withinMs: number,
): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const begin = (): void => {
    timer = setTimeout(() => resolve(null), withinMs);
  };
  if (signal.aborted) begin();
  else signal.addEventListener('abort', begin, { once: true });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', begin);
    work.catch(() => undefined);
  }
}

/**
 * Reads that many ask for at once: each gets what was read after it had asked, and all that ask
 * during a read share the next one.
 */
export function createSharedReads<T>(read: (key: string) => Promise<T>): typeof read {
  const running = new Map<string, Promise<unknown>>();
  const next = new Map<string, Promise<T>>();

  function begin(key: string): Promise<T> {
    next.delete(key);
    const reading = read(key);
    const over = reading.then(
      () => undefined,
      () => undefined,
    );
    running.set(key, over);
    void over.then(() => {
      if (running.get(key) === over) running.delete(key);
    });
    return reading;
  }

  return (key) => {
    const before = running.get(key);
    if (before === undefined) return begin(key);
    const shared = next.get(key) ?? before.then(() => begin(key));
    next.set(key, shared);
    return shared;
  };
}

/** Callers that wait for a condition; it is checked again whenever something arrives. */
export interface Waiting {
  /** Resolves true when the condition holds, false when the time is up. */
  until(condition: () => boolean, timeoutMs: number): Promise<boolean>;
  lookAgain(): void;
  /** Everybody stops waiting. */
  end(): void;
}

export function createWaiting(): Waiting {
  const waiting = new Map<() => void, () => void>();
  return {
    until: (condition, timeoutMs) => {
      if (condition()) return Promise.resolve(true);
      return new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve(condition());
        };
        const look = (): void => {
          if (condition()) end();
        };
        const timer = setTimeout(end, timeoutMs);
        waiting.set(look, end);
      });
    },
    lookAgain: () => {
      for (const look of [...waiting.keys()]) look();
    },
    end: () => {
      for (const end of [...waiting.values()]) end();
    },
  };
}

/** At most so many per name and second; forgets names that fell silent. */
export interface RateLimit {
  /** False: too many. */
  take(name: string, nowMs: number): boolean;
}

const MOST_NAMES = 100_000;

export function createRateLimit(perSecond: number): RateLimit {
  let windowStart = 0;
  let counts = new Map<string, number>();
  return {
    take: (name, nowMs) => {
      if (nowMs - windowStart >= 1_000 || counts.size > MOST_NAMES) {
        windowStart = nowMs;
        counts = new Map();
      }
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      return count <= perSecond;
    },
  };
}

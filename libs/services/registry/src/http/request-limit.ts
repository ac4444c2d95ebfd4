/** Requests of one token: so many a second, and at most those of ten seconds at once. */
export interface RequestLimit {
  /** False: too many. `token`: what names it, never the token itself. */
  take(token: string): boolean;
}

export interface RequestLimitDeps {
  readonly perSecond: number;
  readonly monotonicMs: () => number;
}

const BURST_SECONDS = 10;

/** Only tokens that are valid are counted: there are as many buckets as those. */
export function createRequestLimit({ perSecond, monotonicMs }: RequestLimitDeps): RequestLimit {
  const most = perSecond * BURST_SECONDS;
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(token) {
      const now = monotonicMs();
      const bucket = buckets.get(token) ?? { left: most, at: now };
      buckets.set(token, bucket);
      bucket.left = Math.min(most, bucket.left + ((now - bucket.at) * perSecond) / 1_000);
      bucket.at = now;
      if (bucket.left < 1) return false;
      bucket.left -= 1;
      return true;
    },
  };
}

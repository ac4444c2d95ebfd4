/** Requests of one token: so many a second, and at most those of ten seconds at once. */
export interface RequestLimit {
  /** False: too many. `token`: what names it, never the token itself. */
  take(token: string): boolean;
  /** What whoever is beyond it is told. */
  readonly detail: string;
}

export interface RequestLimitDeps {
  readonly perSecond: number;
  readonly monotonicMs: () => number;
}

const BURST_SECONDS = 10;

/** A bucket that is full tells nothing: beyond so many, those are dropped. */
const MOST_BUCKETS = 10_000;

/** Only tokens that are valid are counted. */
export function createRequestLimit({ perSecond, monotonicMs }: RequestLimitDeps): RequestLimit {
  const most = perSecond * BURST_SECONDS;
  const buckets = new Map<string, { left: number; at: number }>();
  const leftOf = (bucket: { left: number; at: number }, now: number): number =>
    Math.min(most, bucket.left + ((now - bucket.at) * perSecond) / 1_000);
  const tidy = (now: number): void => {
    if (buckets.size <= MOST_BUCKETS) return;
    for (const [token, bucket] of buckets) if (leftOf(bucket, now) >= most) buckets.delete(token);
  };
  return {
    detail: `Too many requests: at most ${perSecond} a second of one token (TALLYSTICK_LIMIT_REQUESTS_PER_TOKEN)`,
    take(token) {
      const now = monotonicMs();
      const bucket = buckets.get(token) ?? { left: most, at: now };
      if (!buckets.has(token)) tidy(now);
      buckets.set(token, bucket);
      bucket.left = leftOf(bucket, now);
      bucket.at = now;
      if (bucket.left < 1) return false;
      bucket.left -= 1;
      return true;
    },
  };
}

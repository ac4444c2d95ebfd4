/**
 * POSTs one registration after another for `prefix`+n, n from `from`, over keep-alive connections
 * with one request under way on each.
 */
export interface HttpLoad {
  readonly port: number;
  readonly path: string;
  readonly token: string;
  readonly productKey: string;
  readonly prefix: string;
  readonly from: number;
  readonly count: number;
  readonly inFlight: number;
  /** Name the secret instead of having one allocated. */
  readonly givenSecrets: boolean;
}

export interface HttpLoaded {
  readonly seconds: number;
  readonly created: number;
  /** Other answers by status, and the first of them. */
  readonly others: Readonly<Record<string, number>>;
  readonly firstOther: string | null;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The highest Tallystick-Position that was answered; 0 without one. */
  readonly position: number;
}

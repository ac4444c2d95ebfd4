/** Why no more devices are let in; `detail` names the limit, for people. */
export interface QuotaExceeded {
  readonly code: 'quota-exceeded';
  readonly detail: string;
}

/**
 * What became of the append: its position; null: nothing was written; `unknown`: it may have been.
 */
export type Ending = number | null | 'unknown';

/** Places for lives that are about to begin. */
export interface Grant {
  /** At most what was asked for. */
  readonly granted: number;
  /** null: all that was asked for was granted. */
  readonly refusal: QuotaExceeded | null;
  /** What is refused now may be granted in a while: others hold places that they may not use. */
  readonly passing: boolean;
  /** Must be called, once, whatever was granted: until then the places are taken. */
  end(ending: Ending): void;
}

/** How many devices a tenant and a product may have. */
export interface DeviceQuota {
  /**
   * PortError `unavailable` where it cannot be told. A grant is for one append, which is tried for
   * some seconds at most.
   */
  grant(tenant: string, productKey: string, devices: number): Promise<Grant>;
}

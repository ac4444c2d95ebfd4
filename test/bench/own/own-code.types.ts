export interface OwnCodeLoad {
  readonly rounds: number;
  /** Log-ins of a round. */
  readonly proofs: number;
  /** Sends of a round, of 500 records each. */
  readonly sends: number;
}

/** Microseconds of CPU an operation, one for each round. */
export interface Compared {
  readonly ours: readonly number[];
  readonly peer: readonly number[];
}

export interface OwnCodeMeasured {
  readonly hmac: Compared;
  /** Of one record. */
  readonly produce: Compared;
}

/** Bounds of one listener of HTTP devices. */
export interface HttpLimits {
  /** Request line and headers. */
  readonly maxHeadBytes: number;
  readonly maxBodyBytes: number;
  /** So much of a body that is too large is read and thrown away, so that its sender hears why. */
  readonly drainedBytes: number;
  /** Bodies that are not whole yet, of all connections together; above it a request gets 503. */
  readonly sharedBytes: number;
  /** From the arrival to the first whole head. */
  readonly headSeconds: number;
  /** From a head to the end of its body. */
  readonly bodySeconds: number;
  /** From a whole request until its answer has left. */
  readonly answerSeconds: number;
  /** Between an answer and the next whole head. */
  readonly idleSeconds: number;
  readonly requestsPerConnection: number;
  /** Requests that wait for the answer to one ahead of them; one more ends the connection. */
  readonly pipelined: number;
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  maxHeadBytes: 8_192,
  maxBodyBytes: 262_144,
  drainedBytes: 8_388_608,
  sharedBytes: 67_108_864,
  headSeconds: 10,
  bodySeconds: 30,
  answerSeconds: 60,
  idleSeconds: 60,
  requestsPerConnection: 1_000,
  pipelined: 16,
};

/** Bounds of the sessions that tokens stand for. */
export interface TokenLimits {
  readonly sessions: number;
  /** Messages of one session that the authority has not settled, and their bytes. */
  readonly unsettledPublishes: number;
  readonly unsettledBytes: number;
}

export const DEFAULT_TOKEN_LIMITS: TokenLimits = {
  sessions: 100_000,
  unsettledPublishes: 32,
  unsettledBytes: 1_048_576,
};

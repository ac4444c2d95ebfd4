/** Randomness as an argument. */
export interface Ids {
  /** A fresh UUIDv7 (RFC 9562): time-ordered, so that indexes stay dense. */
  uuid(): string;
  /**
   * A fresh device id in the allocated form: `dv_` and 26 characters of lower-case Crockford
   * base32, time-ordered.
   */
  deviceId(): string;
  /** `length` random characters of `A-Z a-z 0-9`; 22 of them carry 131 bits. */
  token(length: number): string;
  bytes(length: number): Uint8Array;
}

/**
 * What was promised under an Idempotency-Key. `plan` and `reply` are sealed bytes: they hold
 * secrets.
 */
export interface IdempotencyRecord {
  /** Scope and key in one: tenant, actor, key. */
  readonly key: string;
  /**
   * Tells the request that came with the key; opaque here. Never a bare hash: the request may hold
   * a secret.
   */
  readonly requestHash: string;
  /**
   * Sealed: the exact append that was about to be made, so that a crash between plan and reply is
   * finished by whoever repeats the call.
   */
  readonly plan: Uint8Array;
  /** Sealed: status, headers and body; null until the append is known to have succeeded. */
  readonly reply: Uint8Array | null;
  readonly createdAt: number;
}

export interface IdempotencyStore {
  find(key: string): Promise<IdempotencyRecord | null>;
  /** False when the key is taken; the caller then reads and compares. */
  insert(record: IdempotencyRecord): Promise<boolean>;
  complete(key: string, reply: Uint8Array): Promise<void>;
  /** Forgets a plan that was refused, so that the key may be used again. */
  remove(key: string): Promise<void>;
  deleteOlderThan(createdBefore: number): Promise<number>;
}

/**
 * A secret as it rests: AES-256-GCM under a data key of its own owner, that data key wrapped by the
 * key ring. Bytes and texts are opaque here.
 */
export interface SealedSecret {
  /** Random, named by the event beside the version. */
  readonly secretId: string;
  /** The stream it belongs to: its erasure takes all rows of the owner. */
  readonly owner: string;
  readonly sealed: Uint8Array;
  readonly wrappedDataKey: Uint8Array;
  /** The key-encryption key of the key ring that wrapped the data key. */
  readonly keyId: string;
  /**
   * The same secret as sealed for the gateways by whoever wrote it; null: none (a row of an earlier
   * release).
   */
  readonly forGateways: string | null;
  readonly createdAt: number;
}

/** A row without what is sealed in it. */
export type SecretRow = Pick<SealedSecret, 'secretId' | 'owner' | 'createdAt'>;

/**
 * The table of sealed secrets. Insert only: a row is never changed but by re-wrapping, and is
 * deleted by erasure or when no event ever named it.
 */
export interface SecretStore {
  insert(rows: readonly SealedSecret[]): Promise<void>;
  /** In no particular order; ids that are unknown or erased are left out. */
  find(secretIds: readonly string[]): Promise<readonly SealedSecret[]>;
  deleteOf(owner: string): Promise<number>;
  /**
   * Whose the rows are and how old, in the order of their ids (which is that of their making), from
   * after this one; '': from the first.
   */
  listAfter(secretId: string, limit: number): Promise<readonly SecretRow[]>;
  /** For rows that no event has named, nor ever will. */
  deleteRows(secretIds: readonly string[]): Promise<number>;
}

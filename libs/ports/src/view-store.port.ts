import type { JsonValue } from '@tallystick/kernel';

export type ViewWrite =
  | { readonly key: string; readonly value: JsonValue }
  | { readonly key: string; readonly value: null };

/**
 * A gateway's local view: string keys (at most 1 900 bytes), JSON values, and checkpoints in the
 * same transaction. One process, one owner. `get` is synchronous and sees every write whose `apply`
 * has resolved.
 */
export interface ViewStore {
  get(key: string): JsonValue | undefined;
  /** All writes and checkpoints or none. A null value deletes. Durable when it resolves. */
  apply(
    writes: readonly ViewWrite[],
    checkpoints: Readonly<Record<string, JsonValue>>,
  ): Promise<void>;
  checkpoint(name: string): JsonValue | undefined;
  count(): number;
  /** Throws everything away, checkpoints included. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

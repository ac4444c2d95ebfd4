import type { JsonValue } from '@tallystick/kernel';
import type { ViewStore, ViewWrite } from '@tallystick/ports';

/** Writes of one apply, seen by what is folded after them in the same apply. */
export class Overlay {
  readonly #store: Pick<ViewStore, 'get'>;
  readonly #writes = new Map<string, JsonValue | null>();

  constructor(store: Pick<ViewStore, 'get'>) {
    this.#store = store;
  }

  get(key: string): JsonValue | undefined {
    const written = this.#writes.get(key);
    return written === undefined ? this.#store.get(key) : (written ?? undefined);
  }

  put(key: string, value: JsonValue): void {
    this.#writes.set(key, value);
  }

  delete(key: string): void {
    this.#writes.set(key, null);
  }

  writes(): readonly ViewWrite[] {
    return [...this.#writes].map(([key, value]) => ({ key, value }));
  }
}

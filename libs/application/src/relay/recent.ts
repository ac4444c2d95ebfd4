/** A bounded memory of what was used last. */
export interface Recent<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  clear(): void;
}

/**
 * Holds the last `capacity` keys, and some older ones, up to twice as many. It has two generations:
 * when the young one is full, the old one is dropped as a whole. A Map that loses its oldest
 * entries one by one gets slow, because it walks over all deleted ones.
 */
export function createRecent<Value>(capacity: number): Recent<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  const set = (key: string, value: Value): void => {
    if (young.size >= capacity && !young.has(key)) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
  };
  return {
    set,
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const older = old.get(key);
      if (older !== undefined) set(key, older);
      return older;
    },
    clear: () => {
      young = new Map();
      old = new Map();
    },
  };
}

/** A bounded memory of what was used last. */
export interface Recent<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  clear(): void;
}

/**
 * Holds the last `capacity` keys, and some of those before them, up to twice as many. Two
 * generations: when the young one is full the old one is forgotten as a whole, for a Map that loses
 * its oldest entries one by one walks over all that it has lost.
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

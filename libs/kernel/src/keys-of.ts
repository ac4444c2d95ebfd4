/** Whether a record has a key of its own by that name. */
export function isKeyOf<T extends object>(record: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(record, key);
}

/** The keys of a record that is written down in full, in its order. */
export function keysOf<T extends object>(record: T): readonly (keyof T & string)[] {
  return Object.keys(record).filter((key): key is keyof T & string => isKeyOf(record, key));
}

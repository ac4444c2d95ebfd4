type Exact<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/**
 * A parsed body without the fields that were left out: absent and undefined are one to a schema,
 * but not to a command.
 */
export function exact<T extends object>(body: T): Exact<T> {
  const given = Object.entries(body).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Exact<T>;
}

import type { IdempotencyRecord, IdempotencyStore } from '@tallystick/ports';

/** The stored replies in a map, which several registries of one spec may share. */
export function createInMemoryIdempotencyStore(
  records: Map<string, IdempotencyRecord> = new Map(),
): IdempotencyStore {
  return {
    find: async (key) => records.get(key) ?? null,
    insert: async (record) => {
      if (records.has(record.key)) return false;
      records.set(record.key, record);
      return true;
    },
    complete: async (key, reply) => {
      const record = records.get(key);
      if (record !== undefined) records.set(key, { ...record, reply });
    },
    remove: async (key) => void (records.get(key)?.reply === null && records.delete(key)),
    deleteOlderThan: async (createdBefore) => {
      const old = [...records.values()].filter(({ createdAt }) => createdAt < createdBefore);
      for (const { key } of old) records.delete(key);
      return old.length;
    },
  };
}

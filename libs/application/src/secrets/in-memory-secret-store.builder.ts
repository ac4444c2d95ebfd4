import type { SealedSecret, SecretStore } from '@tallystick/ports';

/** For specs: the table of secrets in a map, which several registries of one spec may share. */
export function inMemorySecretStore(rows: Map<string, SealedSecret>): SecretStore {
  return {
    insert: async (added) => added.forEach((row) => rows.set(row.secretId, row)),
    find: async (wanted) => wanted.flatMap((id) => rows.get(id) ?? []),
    deleteOf: async () => 0,
    listAfter: async (secretId, limit) =>
      [...rows.values()]
        .filter((row) => row.secretId > secretId)
        .sort((a, b) => (a.secretId < b.secretId ? -1 : 1))
        .slice(0, limit),
    deleteRows: async (secretIds) => secretIds.filter((id) => rows.delete(id)).length,
  };
}

import type { SealedSecret, SecretStore } from '@tallystick/ports';

/** The table of secrets in a map, which several registries of one spec may share. */
export function createInMemorySecretStore(
  rows: Map<string, SealedSecret> = new Map(),
): SecretStore {
  const deleteAll = (ids: readonly string[]): number => ids.filter((id) => rows.delete(id)).length;
  return {
    insert: async (added) => {
      for (const row of added) if (!rows.has(row.secretId)) rows.set(row.secretId, row);
    },
    find: async (wanted) => [...new Set(wanted)].flatMap((id) => rows.get(id) ?? []),
    deleteOf: async (owner) => {
      const owned = [...rows.values()].filter((row) => row.owner === owner);
      return deleteAll(owned.map(({ secretId }) => secretId));
    },
    listAfter: async (secretId, limit) =>
      [...rows.values()]
        .filter((row) => row.secretId > secretId)
        .sort((a, b) => (a.secretId < b.secretId ? -1 : 1))
        .slice(0, limit)
        .map(({ secretId: id, owner, createdAt }) => ({ secretId: id, owner, createdAt })),
    deleteRows: async (secretIds) => deleteAll(secretIds),
  };
}

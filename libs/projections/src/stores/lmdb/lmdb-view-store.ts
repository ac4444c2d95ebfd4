import { PortError, type JsonValue } from '@tallystick/kernel';
import type { ViewStore, ViewWrite } from '@tallystick/ports';
import type { Database, RootDatabase } from 'lmdb';

export interface LmdbViewStoreOptions {
  /** The database's file; its folder must exist. */
  readonly path: string;
  /** Address space kept for the file, which grows up to it. */
  readonly mapSizeBytes: number;
}

/** A view in LMDB: rows and checkpoints are two databases of one file, so that one transaction holds both. */
export async function createLmdbViewStore(options: LmdbViewStoreOptions): Promise<ViewStore> {
  const { open } = await import('lmdb');
  const root = open<JsonValue, string>({
    path: options.path,
    mapSize: options.mapSizeBytes,
    maxDbs: 2,
    noSubdir: true,
    encoding: 'json',
  });
  return lmdbViewStore(root, root.openDB('rows', JSON_ROWS), root.openDB('checkpoints', JSON_ROWS));
}

const JSON_ROWS = { encoding: 'json' } as const;

type Rows = Database<JsonValue, string>;

function lmdbViewStore(root: RootDatabase<JsonValue, string>, rows: Rows, marks: Rows): ViewStore {
  let closed = false;
  const mustBeOpen = (): void => {
    if (closed) throw new PortError('closed', 'the view is closed');
  };
  return {
    get: (key) => {
      mustBeOpen();
      return rows.get(key);
    },
    async apply(writes, checkpoints) {
      mustBeOpen();
      const sorted = sortedByKey(writes);
      await root.transaction(() => {
        write(rows, sorted);
        for (const [name, value] of Object.entries(checkpoints)) void marks.put(name, value);
      });
      await root.flushed;
    },
    checkpoint: (name) => {
      mustBeOpen();
      return marks.get(name);
    },
    count: () => {
      mustBeOpen();
      return rows.getCount();
    },
    async clear() {
      mustBeOpen();
      clearTogether(root, [rows, marks]);
      await root.flushed;
    },
    async close() {
      if (closed) return;
      closed = true;
      await root.close();
    },
  };
}

function write(rows: Rows, writes: readonly ViewWrite[]): void {
  for (const { key, value } of writes)
    if (value === null) void rows.remove(key);
    else void rows.put(key, value);
}

function clearTogether(root: RootDatabase<JsonValue, string>, databases: readonly Rows[]): void {
  root.transactionSync(() => {
    for (const database of databases) database.clearSync();
  });
}

/** Sorted loading keeps the file half as large and is three times as fast; of two writes to one key the last counts. */
function sortedByKey(writes: readonly ViewWrite[]): readonly ViewWrite[] {
  const last = new Map(writes.map((write) => [write.key, write]));
  return [...last.values()].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

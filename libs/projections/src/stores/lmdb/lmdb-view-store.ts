import { PortError, type JsonValue } from '@tallystick/kernel';
import type { ViewStore, ViewWrite } from '@tallystick/ports';
import type { Database, RootDatabase } from 'lmdb';
import { isDamage, reasonOf, toPortError } from './lmdb-errors.ts';
import { isWhole, noteDamage, noteRun, setViewAside } from './lmdb-file.ts';

export interface LmdbViewStoreOptions {
  /** The database's file; its folder must exist. */
  readonly path: string;
  /** Address space kept for the file, which grows up to it. */
  readonly mapSizeBytes: number;
  /**
   * The file is cut short, foreign or damaged: it was moved to `movedTo`, and the view begins
   * empty.
   */
  readonly onSetAside?: (movedTo: string) => void;
}

/**
 * A view in LMDB: rows and checkpoints are two databases of one file, so that one transaction holds
 * both.
 */
export async function createLmdbViewStore(options: LmdbViewStoreOptions): Promise<ViewStore> {
  const { open } = await import('lmdb');
  const { path } = options;
  const opened = async (): Promise<ViewStore> => {
    const run = noteRun(path);
    const root = open<JsonValue, string>({
      ...{ path, mapSize: options.mapSizeBytes, maxDbs: 2, noSubdir: true, encoding: 'json' },
      // A commit ends after its flush, so that a disk that fails it fails the commit.
      overlappingSync: false,
      // With it the driver makes a promise of its own per commit, and leaves its rejection
      // unhandled.
      eventTurnBatching: false,
    });
    const rows = root.openDB('rows', JSON_ROWS);
    const marks = root.openDB('checkpoints', JSON_ROWS);
    try {
      readAll(marks);
    } catch (error) {
      await root.close();
      run.closed();
      throw error;
    }
    return noted(lmdbViewStore(path, root, rows, marks), run);
  };
  const setAside = (): void => {
    const movedTo = setViewAside(path);
    options.onSetAside?.(movedTo);
  };
  if (!isWhole(path)) setAside();
  try {
    return await opened();
  } catch (error) {
    if (!isDamage(error)) throw toPortError(error);
    setAside();
    return await opened();
  }
}

/**
 * A file whose first write came to an end, whichever, is not what ends the process at its start.
 */
function noted(store: ViewStore, run: ReturnType<typeof noteRun>): ViewStore {
  let proven = false;
  const prove = (): void => {
    if (!proven) run.proven();
    proven = true;
  };
  return {
    ...store,
    apply: (writes, checkpoints) => store.apply(writes, checkpoints).finally(prove),
    async close() {
      await store.close();
      run.closed();
    },
  };
}

/**
 * The first thing a start reads: a mark that is damaged is met here, where the file can still be
 * set aside.
 */
function readAll(marks: Rows): void {
  for (const { value } of marks.getRange()) void value;
}

const JSON_ROWS = { encoding: 'json' } as const;

type Rows = Database<JsonValue, string>;

function lmdbViewStore(
  path: string,
  root: RootDatabase<JsonValue, string>,
  rows: Rows,
  marks: Rows,
): ViewStore {
  let closed = false;
  /**
   * If LMDB finds the file damaged, a note is left beside it: the next start begins with an empty
   * view.
   */
  const failed = (error: unknown): PortError => {
    if (isDamage(error)) noteDamage(path);
    return toPortError(error);
  };
  const asked = <T>(ask: () => T): T => {
    if (closed) throw new PortError('closed', 'the view is closed');
    try {
      return ask();
    } catch (error) {
      throw failed(error);
    }
  };
  return {
    get: (key) => asked(() => rows.get(key)),
    async apply(writes, checkpoints) {
      try {
        await asked(() => commit(root, rows, marks, sortedByKey(writes), checkpoints));
      } catch (error) {
        throw failed(await reasonOf(error));
      }
    },
    checkpoint: (name) => asked(() => marks.get(name)),
    count: () => asked(() => rows.getCount()),
    clear: () => Promise.resolve().then(() => asked(() => clearTogether(root, [rows, marks]))),
    async close() {
      if (closed) return;
      closed = true;
      await root.close();
    },
  };
}

/** All or nothing, also when one of the writes is refused. */
async function commit(
  root: RootDatabase<JsonValue, string>,
  rows: Rows,
  marks: Rows,
  writes: readonly ViewWrite[],
  checkpoints: Readonly<Record<string, JsonValue>>,
): Promise<void> {
  const watch = onlyOnce();
  await root.childTransaction(() => {
    for (const { key, value } of writes)
      watch(value === null ? rows.remove(key) : rows.put(key, value));
    for (const [name, value] of Object.entries(checkpoints)) watch(marks.put(name, value));
  });
}

/** Each write of a commit answers with the same promise; what it says, the transaction says too. */
function onlyOnce(): (written: Promise<boolean>) => void {
  let last: Promise<boolean> | null = null;
  return (written) => {
    if (written === last) return;
    last = written;
    void written.then(undefined, () => undefined);
  };
}

function clearTogether(root: RootDatabase<JsonValue, string>, databases: readonly Rows[]): void {
  root.transactionSync(() => {
    for (const database of databases) database.clearSync();
  });
}

/**
 * Sorted loading keeps the file half as large and is three times as fast; of two writes to one key
 * the last counts.
 */
function sortedByKey(writes: readonly ViewWrite[]): readonly ViewWrite[] {
  const last = new Map(writes.map((write) => [write.key, write]));
  return [...last.values()].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

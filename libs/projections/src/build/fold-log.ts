import type { LoggedEvent, LogReader, SqlDatabase, SqlValue } from '@tallystick/ports';
import { insertNew, tableAt, type Table } from '../stores/sql/statements.ts';
import type { BuildWrite, IdentityView, StreamFold, TableRows } from '../views/view.types.ts';

/** Events of one read, and of one transaction that writes what they come to. */
const PAGE = 4_000;

export interface FoldLogParts {
  readonly db: SqlDatabase;
  readonly log: LogReader;
  readonly views: readonly IdentityView[];
  /** Events beyond this position are left out. */
  readonly upTo: number;
  readonly write: BuildWrite;
  /** How many events were folded so far. */
  readonly folded: (events: number) => void;
}

/**
 * Folds streams one after another: in memory stands the state of one stream and the rows of one
 * page, whatever the log holds.
 */
class StreamFolds {
  readonly #views: readonly IdentityView[];
  #stream: string | null = null;
  #folds: readonly StreamFold[] = [];
  #rows = new Map<string, { readonly table: Table; readonly rows: SqlValue[][] }>();

  constructor(views: readonly IdentityView[]) {
    this.#views = views;
  }

  add(event: LoggedEvent): void {
    if (event.stream !== this.#stream) this.#open(event.stream);
    for (const fold of this.#folds) fold.add(event);
  }

  #open(stream: string): void {
    this.close();
    this.#stream = stream;
    this.#folds = this.#views
      .filter(({ prefix }) => stream.startsWith(prefix))
      .map((view) => view.open(stream))
      .filter((fold) => fold !== null);
  }

  /** The stream that was folded last has no more events. */
  close(): void {
    for (const { table, rows } of this.#folds.flatMap((fold) => fold.rows())) {
      const known = this.#rows.get(table.name) ?? { table, rows: [] };
      this.#rows.set(table.name, known);
      known.rows.push(...rows);
    }
    this.#stream = null;
    this.#folds = [];
  }

  take(): readonly TableRows[] {
    const taken = [...this.#rows.values()];
    this.#rows = new Map();
    return taken;
  }
}

function read({ db, log, upTo }: FoldLogParts, after: LoggedEvent | null) {
  return db.read((session) => log.readByStream(session, { after, upTo, limit: PAGE }));
}

/** Fills the tables beside from the whole log, each row once, while the next page is read. */
export async function foldLog(parts: FoldLogParts): Promise<void> {
  const folds = new StreamFolds(parts.views);
  let count = 0;
  for (let page = await read(parts, null); ;) {
    for (const event of page) folds.add(event);
    const last = page.at(-1);
    const more = last !== undefined && page.length === PAGE;
    if (!more) folds.close();
    const rows = folds.take();
    const [next] = await Promise.all([
      more ? read(parts, last) : null,
      parts.write(async (session) => {
        for (const { table, rows: some } of rows)
          await insertNew(session, parts.db.dialect, tableAt(table, '_beside'), some);
      }),
    ]);
    count += page.length;
    parts.folded(count);
    if (next === null) return;
    page = next;
  }
}

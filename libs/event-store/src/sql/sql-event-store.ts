import { isPortError, PortError, type Result } from '@tallystick/kernel';
import type {
  AllPage,
  Appended,
  AppendRefusal,
  EventStore,
  PageEnds,
  ReadAllOptions,
  SqlDatabase,
  SqlSession,
  SqlValue,
  StoredEvent,
  StreamAppend,
} from '@tallystick/ports';
import { appendAll, type Outcome } from './append.ts';
import { createAppendGuard, type AppendGuard } from './append-guard.ts';
import { EVENT_COLUMNS, number, text, toStoredEvent } from './rows.ts';
import { readState } from './sql-store-tail.ts';
import { Wakeups } from './wakeups.ts';

/** Events of one transaction: beyond it, the next group begins. */
const GROUP_EVENTS = 2_000;
const POLL_MS = 250;
/**
 * How far a page that is picked by type or stream looks: a long stretch without any is read in
 * pieces.
 */
const LOOK_AHEAD = 10_000;

interface QueuedAppend {
  readonly batch: readonly StreamAppend[];
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The event store over either database. Appends of one moment share a transaction; each is decided
 * alone.
 */
export class SqlEventStore implements EventStore {
  readonly #db: SqlDatabase;
  readonly #wakeups: Wakeups;
  readonly #onAppended: (position: number) => void;
  readonly #guardAppend: AppendGuard;
  #queue: QueuedAppend[] = [];
  #writing: Promise<void> | null = null;
  #closed = false;

  /** `onAppended` tells other processes, where the database can. */
  constructor(
    db: SqlDatabase,
    onAppended: (position: number) => void = () => undefined,
    guard: AppendGuard = createAppendGuard(),
  ) {
    this.#db = db;
    this.#onAppended = onAppended;
    this.#guardAppend = guard;
    this.#wakeups = new Wakeups(() => this.head(), POLL_MS);
  }

  /** Another process has appended. */
  lookAgain(): void {
    void this.#wakeups.look();
  }

  /** The store may end before what was known of it: it was put back. */
  forgetHead(): void {
    this.#wakeups.forget();
  }

  append(batch: readonly StreamAppend[]): Promise<Result<Appended, AppendRefusal>> {
    if (this.#closed) return Promise.reject(closed());
    return new Promise((resolve, reject) => {
      this.#queue.push({ batch, resolve, reject });
      this.#writing ??= this.#writeQueued();
    });
  }

  async #writeQueued(): Promise<void> {
    // One turn of the event loop: the appends of this moment share a transaction.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) await this.#writeGroup(this.#takeGroup());
    this.#writing = null;
  }

  #takeGroup(): readonly QueuedAppend[] {
    let events = 0;
    let count = 0;
    for (const { batch } of this.#queue) {
      events += batch.reduce((sum, append) => sum + append.events.length, 0);
      if (count > 0 && events > GROUP_EVENTS) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #writeGroup(group: readonly QueuedAppend[]): Promise<void> {
    try {
      const outcomes = await this.#db.write((session) =>
        appendAll(
          session,
          group.map(({ batch }) => batch),
          this.#guardAppend,
        ),
      );
      let last = 0;
      group.forEach(({ resolve }, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined) return;
        if (outcome.ok && outcome.value.position > last) last = outcome.value.position;
        resolve(outcome);
      });
      if (last === 0) return;
      this.#wakeups.reached(last);
      this.#onAppended(last);
    } catch (error) {
      await this.#rejectGroup(group, error);
    }
  }

  /**
   * A defect in one append (say, a character that the database cannot keep) is not its neighbours'
   * failure; a database that is away is everybody's: whoever waits behind the group need not find
   * it out again.
   */
  async #rejectGroup(group: readonly QueuedAppend[], error: unknown): Promise<void> {
    if (isPortError(error) && error.code !== 'unacceptable')
      for (const { reject } of [...group, ...this.#queue.splice(0)]) reject(error);
    else if (group.length === 1) group[0]?.reject(error);
    else for (const one of group) await this.#writeGroup([one]);
  }

  async readStream(
    stream: string,
    fromRevision = 1,
    limit?: number,
  ): Promise<readonly StoredEvent[]> {
    this.#guard();
    // A stream has no gaps.
    const end = limit === undefined ? Number.MAX_SAFE_INTEGER : fromRevision + limit - 1;
    const sql = `SELECT ${EVENT_COLUMNS} FROM events WHERE stream = ? AND revision BETWEEN ? AND ? ORDER BY revision`;
    const rows = await this.#db.read((session) => session.all(sql, [stream, fromRevision, end]));
    return rows.map(toStoredEvent);
  }

  async readAll(options: ReadAllOptions): Promise<AllPage> {
    this.#guard();
    return this.#db.read((session) => readPage(session, options));
  }

  async head(): Promise<number> {
    this.#guard();
    return this.#db.read(readHead);
  }

  async waitBeyond(position: number, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    this.#guard();
    await this.#wakeups.wait(position, timeoutMs, signal);
    if (signal?.aborted !== true) this.#guard();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#wakeups.endAll();
    await this.#writing;
  }

  #guard(): void {
    if (this.#closed) throw closed();
  }
}

function closed(): PortError {
  return new PortError('closed', 'the event store is closed');
}

async function readEnds(session: SqlSession, after: number, through: number): Promise<PageEnds> {
  const { storeId, incarnation } = await readState(session);
  const sql = 'SELECT position, id FROM events WHERE position IN (?, ?)';
  const rows = await session.all(sql, [after, through]);
  const idAt = (position: number): string | null => {
    const row = rows.find((one) => one['position'] === position);
    return row === undefined ? null : text(row, 'id');
  };
  return { identity: { storeId, incarnation }, afterId: idAt(after), throughId: idAt(through) };
}

async function readHead(session: SqlSession): Promise<number> {
  const [row] = await session.all('SELECT position FROM store_head WHERE one = 1');
  return row === undefined ? 0 : number(row, 'position');
}

export async function readPage(
  session: SqlSession,
  { after, limit, types, streamPrefix, ends }: ReadAllOptions,
): Promise<AllPage> {
  const head = await readHead(session);
  const picked = types !== undefined || streamPrefix !== undefined;
  const end = picked ? Math.min(head, after + LOOK_AHEAD) : head;
  const params: SqlValue[] = [after, end];
  let where = 'position > ? AND position <= ?';
  if (types !== undefined) {
    where += ` AND type IN (${types.map(() => '?').join(',')})`;
    params.push(...types);
  }
  if (streamPrefix !== undefined) {
    where += ' AND substr(stream, 1, ?) = ?';
    params.push([...streamPrefix].length, streamPrefix);
  }
  const sql = `SELECT ${EVENT_COLUMNS} FROM events WHERE ${where} ORDER BY position LIMIT ?`;
  const rows = types?.length === 0 ? [] : await session.all(sql, [...params, limit]);
  const events = rows.map(toStoredEvent);
  const through = events.length < limit ? Math.max(end, after) : (events.at(-1)?.position ?? after);
  const page = { events, through, head };
  return ends === true ? { ...page, ends: await readEnds(session, after, through) } : page;
}

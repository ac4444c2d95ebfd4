import type { Database as Sqlite, Statement } from 'better-sqlite3';
import { PortError } from '@tallystick/kernel';
import { acceptableBytes, type BusRecord, type DeliveredRecord } from '@tallystick/ports';

const HOUR_MS = 3_600_000;
/** As long as Kafka keeps them by default (delete.retention.ms). */
const TOMBSTONE_HOURS = 24;
const NO_HEADERS = '{}';

export interface TopicRow {
  readonly id: number;
  readonly name: string;
  readonly by_key: number;
  readonly hours: number | null;
  readonly next_offset: number;
}

interface RecordRow {
  readonly offset: number;
  readonly at: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: string;
}

function toHeaders(text: string): Record<string, string> {
  return text === NO_HEADERS ? {} : (JSON.parse(text) as Record<string, string>);
}

export function toBlob(value: BusRecord['value']): Buffer | null {
  if (value === null) return null;
  if (typeof value === 'string') return Buffer.from(value, 'utf8');
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function toText(headers: Readonly<Record<string, string>>): string {
  for (const _ in headers) return JSON.stringify(headers);
  return NO_HEADERS;
}

/** One topic's table: rows by offset; of a topic kept by key only the newest row of each. */
export class TopicLog {
  readonly name: string;
  /** The offset the next durable record gets. Offsets are never used twice, whatever is trimmed. */
  nextOffset: number;
  readonly #byKey: boolean;
  readonly #insert: Statement;
  readonly #read: Statement;
  readonly #saveNext: Statement;
  readonly #trims: readonly { readonly statement: Statement; readonly hours: number }[];
  readonly #id: number;

  constructor(db: Sqlite, row: TopicRow) {
    const table = tableOf(row.id);
    this.name = row.name;
    this.nextOffset = row.next_offset;
    this.#byKey = row.by_key === 1;
    this.#id = row.id;
    this.#insert = db.prepare(`INSERT OR REPLACE INTO ${table} VALUES (?, ?, ?, ?, ?)`);
    this.#read = db.prepare(`SELECT * FROM ${table} WHERE offset >= ? ORDER BY offset LIMIT ?`);
    this.#saveNext = db.prepare('UPDATE topics SET next_offset = ? WHERE id = ?');
    const young = `SELECT offset FROM ${table} WHERE at >= ? ORDER BY offset LIMIT 1`;
    const old = `DELETE FROM ${table} WHERE offset < coalesce((${young}), 1e18)`;
    const gone = `DELETE FROM ${table} WHERE value IS NULL AND at < ?`;
    this.#trims = [
      ...(row.hours === null ? [] : [{ statement: db.prepare(old), hours: row.hours }]),
      ...(this.#byKey ? [{ statement: db.prepare(gone), hours: TOMBSTONE_HOURS }] : []),
    ];
  }

  /** Throws before anything is written when the record is not acceptable. */
  check(record: BusRecord): void {
    if (this.#byKey && record.key === null)
      throw new PortError('misconfigured', `${this.name} is kept by key: a record needs one`);
    if (record.partition !== undefined && record.partition !== 0)
      throw new PortError('misconfigured', `${this.name} has no partition ${record.partition}`);
    acceptableBytes(record);
  }

  append(record: BusRecord, at: number): void {
    const { key, value, headers } = record;
    this.#insert.run(this.nextOffset, at, key, toBlob(value), toText(headers));
    this.nextOffset += 1;
  }

  saveNextOffset(): void {
    this.#saveNext.run(this.nextOffset, this.#id);
  }

  read(from: number, limit: number): DeliveredRecord[] {
    const rows = this.#read.all(from, limit) as RecordRow[];
    return rows.map(({ offset, at, key, value, headers }) => ({
      topic: this.name,
      partition: 0,
      offset,
      timestampMs: at,
      key,
      value,
      headers: toHeaders(headers),
    }));
  }

  trim(now: number): void {
    for (const { statement, hours } of this.#trims) statement.run(now - hours * HOUR_MS);
  }
}

export function tableOf(id: number): string {
  return `log_${id}`;
}

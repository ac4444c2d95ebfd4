import type { Database as Sqlite } from 'better-sqlite3';
import { PortError } from '@tallystick/kernel';
import type { TopicSpec } from '@tallystick/ports';
import { createTopicTable, openLogFile } from './log-schema.ts';
import { tableOf, TopicLog, type TopicRow } from './topic-log.ts';

export interface WriterRow {
  readonly epoch: number;
  readonly progress: number;
  readonly note: string;
}

/**
 * The bus's file: topics, where each reader stands, and who holds each writer id. All of it is
 * synchronous.
 */
export class LogDatabase {
  readonly #db: Sqlite;
  readonly #topics = new Map<string, TopicLog>();

  constructor(file: string) {
    this.#db = openLogFile(file);
    const rows = this.#db.prepare('SELECT * FROM topics').all() as TopicRow[];
    for (const row of rows) this.#topics.set(row.name, new TopicLog(this.#db, row));
  }

  ensureTopic({ name, kept }: TopicSpec): void {
    if (this.#topics.has(name)) return;
    const byKey = kept.by === 'key';
    const hours = kept.by === 'age' ? kept.hours : null;
    const row = this.#db.transaction((): TopicRow => {
      const id = Number(
        this.#db
          .prepare('INSERT INTO topics (name, by_key, hours, next_offset) VALUES (?, ?, ?, 0)')
          .run(name, byKey ? 1 : 0, hours).lastInsertRowid,
      );
      createTopicTable(this.#db, tableOf(id), byKey);
      return { id, name, by_key: byKey ? 1 : 0, hours, next_offset: 0 };
    })();
    this.#topics.set(name, new TopicLog(this.#db, row));
  }

  topic(name: string): TopicLog {
    const topic = this.#topics.get(name);
    if (topic === undefined) throw new PortError('misconfigured', `topic ${name} is not known`);
    return topic;
  }

  /** All that `work` writes, or nothing; offsets given away by a failed one are taken back. */
  transaction<T>(work: () => T): T {
    const before = new Map([...this.#topics.values()].map((topic) => [topic, topic.nextOffset]));
    try {
      return this.#db.transaction(() => {
        const result = work();
        for (const [topic, offset] of before)
          if (topic.nextOffset !== offset) topic.saveNextOffset();
        return result;
      })();
    } catch (error) {
      for (const [topic, offset] of before) topic.nextOffset = offset;
      throw error;
    }
  }

  cursor(reader: string, topic: string): number | null {
    const row = this.#db
      .prepare('SELECT next_offset FROM cursors WHERE reader = ? AND topic = ?')
      .get(reader, topic) as { readonly next_offset: number } | undefined;
    return row?.next_offset ?? null;
  }

  setCursor(reader: string, topic: string, nextOffset: number): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO cursors VALUES (?, ?, ?)')
      .run(reader, topic, nextOffset);
  }

  writer(id: string): WriterRow {
    const row = this.#db.prepare('SELECT epoch, progress, note FROM writers WHERE id = ?').get(id);
    return (row as WriterRow | undefined) ?? { epoch: 0, progress: 0, note: '' };
  }

  setWriter(id: string, { epoch, progress, note }: WriterRow): void {
    const sql = 'INSERT OR REPLACE INTO writers (id, epoch, progress, note) VALUES (?, ?, ?, ?)';
    this.#db.prepare(sql).run(id, epoch, progress, note);
  }

  identity(): string {
    const row = this.#db.prepare('SELECT id FROM identity').get() as { readonly id: string };
    return row.id;
  }

  trim(now: number): void {
    for (const topic of this.#topics.values()) topic.trim(now);
  }

  close(): void {
    this.#db.pragma('wal_checkpoint(TRUNCATE)');
    this.#db.close();
  }
}

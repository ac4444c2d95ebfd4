import type { Clock, SqlDatabase } from '@tallystick/ports';
import { repeatEvery } from '../repeating.ts';
import { createTables } from '../tables.ts';

/** When tokens were last used: kept in memory, and written for the other registries. */
export interface TokenUses {
  note(tokenId: string): void;
  /** By token id, in milliseconds; those that were never used are left out. */
  lastOf(tokenIds: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Writes what is left. */
  stop(): Promise<void>;
}

export interface TokenUsesDeps {
  readonly sql: SqlDatabase;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

const FLUSH_MS = 2_000;
/** Beyond it a use is noted at its next time: a token that is used is used again. */
const MOST_UNWRITTEN = 10_000;

const TABLE = `CREATE TABLE IF NOT EXISTS token_uses (token_id TEXT PRIMARY KEY, last_used_at BIGINT NOT NULL)`;
const WRITE = `INSERT INTO token_uses (token_id, last_used_at) VALUES (?, ?)
  ON CONFLICT (token_id) DO UPDATE SET last_used_at = excluded.last_used_at
  WHERE token_uses.last_used_at < excluded.last_used_at`;

type Uses = Map<string, number>;

function writeUses(sql: SqlDatabase, uses: Uses): Promise<void> {
  // In one order: two registries that write the same rows must not wait for one another.
  const rows = [...uses].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sql.write(async (session) => {
    for (const row of rows) await session.run(WRITE, row);
  });
}

async function readUses(sql: SqlDatabase, tokenIds: readonly string[]): Promise<Uses> {
  if (tokenIds.length === 0) return new Map();
  const marks = tokenIds.map(() => '?').join(',');
  const found = `SELECT token_id, last_used_at FROM token_uses WHERE token_id IN (${marks})`;
  const rows = await sql.read((session) => session.all(found, tokenIds));
  return new Map(rows.map((row) => [String(row['token_id']), Number(row['last_used_at'])]));
}

/** What was noted and is not written yet. */
class Unwritten {
  #uses: Uses = new Map();

  note(tokenId: string, at: number): void {
    if (this.#uses.size < MOST_UNWRITTEN || this.#uses.has(tokenId)) this.#uses.set(tokenId, at);
  }

  of(tokenId: string): number {
    return this.#uses.get(tokenId) ?? 0;
  }

  take(): Uses {
    const taken = this.#uses;
    this.#uses = new Map();
    return taken;
  }

  putBack(uses: Uses): void {
    for (const [tokenId, at] of uses) if (!this.#uses.has(tokenId)) this.note(tokenId, at);
  }
}

export async function createTokenUses({ sql, clock, onError }: TokenUsesDeps): Promise<TokenUses> {
  await createTables(sql, [TABLE]);
  const unwritten = new Unwritten();

  const flush = async (): Promise<void> => {
    const uses = unwritten.take();
    if (uses.size === 0) return;
    await writeUses(sql, uses).catch((error: unknown) => {
      unwritten.putBack(uses);
      onError(error);
    });
  };
  const { stop } = repeatEvery(FLUSH_MS, flush);

  return {
    note: (tokenId) => unwritten.note(tokenId, clock.now()),
    async lastOf(tokenIds) {
      const last = await readUses(sql, tokenIds);
      for (const tokenId of tokenIds) {
        const noted = Math.max(unwritten.of(tokenId), last.get(tokenId) ?? 0);
        if (noted > 0) last.set(tokenId, noted);
      }
      return last;
    },
    stop,
  };
}

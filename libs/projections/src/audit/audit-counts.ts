import { createHash } from 'node:crypto';
import type { EpochMs } from '@tallystick/kernel';
import type { SqlDatabase, SqlSession } from '@tallystick/ports';
import { number, text } from '../stores/sql/rows.ts';
import { boundedText } from '../stores/sql/bounded-text.ts';
import type { CountedAttempts } from './audit.types.ts';

/** Of all registries together; one of them is for what has no room in the others. */
export const MOST_COUNTED_ROWS = 1_000;

/** Any fixed number: registries that count together do so one after another. */
const COUNT_LOCK = 7_455_205;

const OTHERS = { tenant: 'default', actor: 'unknown', action: '* refused', remoteAddress: null };

const ADD = 'UPDATE audit_entries SET times = times + ? WHERE time = ? AND id = ?';
const INSERT = `INSERT INTO audit_entries
  (time, id, tenant, actor, action, subject, remote_address, request_id, detail, times)
  VALUES (?, ?, ?, ?, ?, NULL, ?, NULL, NULL, ?)`;
const FIND = `SELECT time, id FROM audit_entries WHERE time >= ? AND time < ? AND times IS NOT NULL`;

const MINUTE_MS = 60_000;

/** When its minute began. */
export const minuteOf = (time: EpochMs): EpochMs => time - (time % MINUTE_MS);

/** The same attempts have the same row in their minute, whichever registry counts them. */
function idOf({ time, tenant, actor, action, remoteAddress }: CountedAttempts): string {
  const key = JSON.stringify([minuteOf(time), tenant, actor, action, remoteAddress]);
  return `c${createHash('sha256').update(key).digest('hex').slice(0, 32)}`;
}

/** The rows of one minute: when the first attempt of each was. */
class MinuteRows {
  readonly #session: SqlSession;
  readonly #times: Map<string, EpochMs>;

  private constructor(session: SqlSession, times: Map<string, EpochMs>) {
    this.#session = session;
    this.#times = times;
  }

  static async find(session: SqlSession, minute: EpochMs): Promise<MinuteRows> {
    const rows = await session.all(FIND, [minute, minute + MINUTE_MS]);
    const times = rows.map((row) => [text(row, 'id'), number(row, 'time')] as const);
    return new MinuteRows(session, new Map(times));
  }

  async count(attempts: CountedAttempts): Promise<void> {
    const others: CountedAttempts = { ...attempts, ...OTHERS };
    const keptFree = this.#times.has(idOf(others)) ? 0 : 1;
    const isKnown = this.#times.has(idOf(attempts));
    const fits = isKnown || this.#times.size + keptFree < MOST_COUNTED_ROWS;
    await this.#add(fits ? attempts : others);
  }

  async #add(attempts: CountedAttempts): Promise<void> {
    const { time, tenant, actor, action, remoteAddress, times } = attempts;
    const id = idOf(attempts);
    const first = this.#times.get(id);
    if (first !== undefined) {
      await this.#session.run(ADD, [times, first, id]);
      return;
    }
    this.#times.set(id, time);
    const who = [tenant, boundedText(actor), action, remoteAddress];
    await this.#session.run(INSERT, [time, id, ...who, times]);
  }
}

export async function writeCounts(
  session: SqlSession,
  dialect: SqlDatabase['dialect'],
  attempts: readonly CountedAttempts[],
): Promise<void> {
  if (dialect === 'postgres') await session.all('SELECT pg_advisory_xact_lock(?)', [COUNT_LOCK]);
  for (const [minute, group] of Map.groupBy(attempts, ({ time }) => minuteOf(time))) {
    const rows = await MinuteRows.find(session, minute);
    for (const one of group) await rows.count(one);
  }
}

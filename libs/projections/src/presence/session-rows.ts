import { parseRfc3339 } from '@tallystick/kernel';
import type { SqlSession, SqlValue } from '@tallystick/ports';
import { upsert } from '../stores/sql/statements.ts';
import { textOf, type PresenceRecord } from './presence-record.ts';
import { SESSIONS } from './presence.tables.ts';

export function openedAtOf({ time, document }: PresenceRecord): number {
  return parseRfc3339(textOf(document, 'openedAt')) ?? time;
}

/** Sessions that a batch opened or closed. */
export class SessionRows {
  readonly #opened = new Map<string, SqlValue[]>();
  readonly #closed: SqlValue[][] = [];

  open(record: PresenceRecord): void {
    const { key, data, document } = record;
    const { sessionId, generation, epoch, clientId, gatewayId, transport, dialect } = data;
    const described = [clientId, gatewayId, transport, dialect, textOf(document, 'remoteAddress')];
    const openedAt = openedAtOf(record);
    this.#opened.set(sessionId, [
      sessionId,
      key,
      generation,
      epoch,
      ...described,
      openedAt,
      null,
      null,
    ]);
  }

  close({ time, data, document }: PresenceRecord): void {
    const end = [parseRfc3339(textOf(document, 'closedAt')) ?? time, textOf(document, 'reason')];
    const opened = this.#opened.get(data.sessionId);
    if (opened === undefined) this.#closed.push([...end, data.sessionId, data.epoch]);
    else this.#opened.set(data.sessionId, [...opened.slice(0, -2), ...end]);
  }

  async write(session: SqlSession): Promise<void> {
    for (const closed of this.#closed)
      await session.run(
        'UPDATE sessions SET closed_at = ?, close_reason = ? WHERE session_id = ? AND epoch <= ?',
        closed,
      );
    await upsert(session, SESSIONS, [...this.#opened.values()]);
  }
}

import type { JsonObject } from '@tallystick/kernel';
import type { EventMeta, LoggedEvent, LogReader, SqlRow } from '@tallystick/ports';
import { number, text } from './rows.ts';
import { readPage } from './sql-event-store.ts';

const COLUMNS = 'position, stream, revision, type, schema_version, time, data, meta';

function toLogged(row: SqlRow): LoggedEvent {
  return {
    position: number(row, 'position'),
    stream: text(row, 'stream'),
    revision: number(row, 'revision'),
    type: text(row, 'type'),
    schemaVersion: number(row, 'schema_version'),
    time: number(row, 'time'),
    data: JSON.parse(text(row, 'data')) as JsonObject,
    // Few folds ask for it: it is parsed for those alone.
    get meta() {
      return JSON.parse(text(row, 'meta')) as EventMeta;
    },
  };
}

export const sqlLogReader: LogReader = {
  readAll: readPage,
  readByStream: async (session, { after, upTo, limit }) => {
    // The index of streams gives this order: nothing is sorted.
    const sql = `SELECT ${COLUMNS} FROM events WHERE (stream, revision) > (?, ?) AND position <= ?
      ORDER BY stream, revision LIMIT ?`;
    const { stream, revision } = after ?? { stream: '', revision: 0 };
    return (await session.all(sql, [stream, revision, upTo, limit])).map(toLogged);
  },
};

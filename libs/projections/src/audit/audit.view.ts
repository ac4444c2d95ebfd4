import { parseStream } from '@tallystick/contracts';
import type { EventMeta, LoggedEvent, SqlValue } from '@tallystick/ports';
import { tableAt, upsert } from '../stores/sql/statements.ts';
import type { IdentityView } from '../views/view.types.ts';
import { AUDIT_COLUMNS, auditTable } from './audit.tables.ts';

/** What an event is of, by its stream; null: it only reserves a name. */
function subjectOf(stream: string, { subject }: EventMeta): string | null {
  const name = parseStream(stream);
  switch (name.kind) {
    case 'device':
      return subject;
    case 'product':
      return name.productKey;
    case 'tenant':
      return name.tenant;
    case 'token':
      return name.tokenId;
    case 'job':
      return name.jobId;
    case 'device-id':
    case 'device-key':
    case 'other':
      return null;
  }
}

/** What a gateway asks for, its device has asked for. */
function actorOf({ actor }: EventMeta, subject: string): string {
  return actor.startsWith('gateway:') ? `device:${subject}` : actor;
}

const POSITION_DIGITS = 16;

/** The row of an act, from its first event; null: the event has none. */
export function toAuditRow(event: LoggedEvent): readonly SqlValue[] | null {
  const { position, stream, type, time, meta } = event;
  const { origin, tenant, correlationId } = meta;
  if (origin === undefined) return null;
  const subject = subjectOf(stream, meta);
  if (subject === null) return null;
  const id = `e${String(position).padStart(POSITION_DIGITS, '0')}`;
  const detail = `${type} at position ${position}`;
  const who = [tenant, actorOf(meta, subject), origin.action, subject, origin.address];
  return [time, id, ...who, correlationId, detail];
}

const TABLE = { name: 'audit', columns: AUDIT_COLUMNS, keyColumns: 2 };

/**
 * One row for each act that appended events: who, from where, on what. An event without an origin
 * (all that an import appends) costs nothing.
 */
export const auditView: IdentityView = {
  name: 'audit',
  version: 1,
  // What is too old is dropped of the rows that are asked.
  tables: [
    { ...auditTable('audit'), meansNothing: 'time < (SELECT COALESCE(MIN(time), 0) FROM audit)' },
  ],
  prefix: '',
  apply: async (session, events, place) => {
    const rows = events.map(toAuditRow).filter((row) => row !== null);
    if (rows.length > 0) await upsert(session, tableAt(TABLE, place), rows);
  },
  open: () => {
    const rows: SqlValue[][] = [];
    return {
      add: (event) => {
        const row = toAuditRow(event);
        if (row !== null) rows.push([...row]);
      },
      rows: () => [{ table: TABLE, rows }],
    };
  },
};

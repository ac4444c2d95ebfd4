import type { AuditEntryDocument } from '@tallystick/contracts';
import { toRfc3339 } from '@tallystick/kernel';
import type { SqlDatabase, SqlRow, SqlValue } from '@tallystick/ports';
import { fromCursor, toPage } from '../queries/cursor.ts';
import { number, numberOrNull, text, textOrNull } from '../stores/sql/rows.ts';
import { boundedText } from '../stores/sql/bounded-text.ts';
import { AUDIT_COLUMNS } from './audit.tables.ts';
import type { AuditFilter, AuditLog } from './audit.types.ts';

const PLACE = [0, ''] as const;
const SELECT = `SELECT ${AUDIT_COLUMNS.join(', ')}`;

interface Conditions {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/**
 * A subject is looked up by its own index, whatever else is asked: SQLite, which counts no rows,
 * would else choose among the indexes blindly, and read all that an actor ever did. What is the
 * outcome of an expression has no index.
 */
function conditionsOf({ tenant, subject, actor, from, to }: AuditFilter): Conditions {
  const others = subject === undefined ? '' : ` || ''`;
  const all: readonly (readonly [string, SqlValue | undefined])[] = [
    ['subject = ?', subject === undefined ? undefined : boundedText(subject)],
    [`tenant${others} = ?`, tenant ?? undefined],
    [`actor${others} = ?`, actor === undefined ? undefined : boundedText(actor)],
    ['time >= ?', from],
    ['time < ?', to],
  ];
  const given = all.filter(([, value]) => value !== undefined);
  return {
    sql: given.map(([condition]) => condition).join(' AND '),
    params: given.map(([, value]) => value ?? null),
  };
}

function toDocument(row: SqlRow): AuditEntryDocument {
  const times = numberOrNull(row, 'times');
  return {
    time: toRfc3339(number(row, 'time')),
    actor: text(row, 'actor'),
    action: text(row, 'action'),
    subject: textOrNull(row, 'subject'),
    tenant: text(row, 'tenant'),
    remoteAddress: textOrNull(row, 'remote_address'),
    requestId: textOrNull(row, 'request_id'),
    detail: times === null ? textOrNull(row, 'detail') : String(times),
  };
}

const placeOf = (row: SqlRow): [number, string] => [number(row, 'time'), text(row, 'id')];

function newestFirst(a: SqlRow, b: SqlRow): number {
  const [timeA, idA] = placeOf(a);
  const [timeB, idB] = placeOf(b);
  if (timeA !== timeB) return timeB - timeA;
  return idA < idB ? 1 : -1;
}

/** Both tables are read in the same order, as far as a page goes, and put together. */
export function createAuditList(db: SqlDatabase): AuditLog['list'] {
  return async (filter, limit, cursor = null) => {
    const before = cursor === null ? null : fromCursor(cursor, PLACE);
    if (cursor !== null && before === null) return null;
    const { sql, params } = conditionsOf(filter);
    const where = [sql, before === null ? '' : '(time, id) < (?, ?)'].filter((part) => part !== '');
    const condition = where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`;
    const rest = `${condition} ORDER BY time DESC, id DESC LIMIT ?`;
    const asked = [...params, ...(before ?? []), limit + 1];
    const rows = await db.read(async (session) => [
      ...(await session.all(`${SELECT}, CAST(NULL AS BIGINT) AS times FROM audit${rest}`, asked)),
      ...(await session.all(`${SELECT}, times FROM audit_entries${rest}`, asked)),
    ]);
    return toPage(rows.toSorted(newestFirst), limit, toDocument, placeOf);
  };
}

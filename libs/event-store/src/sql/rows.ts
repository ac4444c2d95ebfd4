import { PortError, type JsonObject } from '@tallystick/kernel';
import type { EventMeta, SqlRow, StoredEvent } from '@tallystick/ports';

export function text(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw corrupt(column);
  return value;
}

export function textOrNull(row: SqlRow, column: string): string | null {
  return row[column] === null ? null : text(row, column);
}

export function number(row: SqlRow, column: string): number {
  const value = row[column];
  if (typeof value !== 'number') throw corrupt(column);
  return value;
}

export function bytes(row: SqlRow, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw corrupt(column);
  return value;
}

export function bytesOrNull(row: SqlRow, column: string): Uint8Array | null {
  return row[column] === null ? null : bytes(row, column);
}

function corrupt(column: string): PortError {
  return new PortError('corrupt', `the database answered an unexpected ${column}`);
}

export const EVENT_COLUMNS =
  'position, stream, revision, id, type, schema_version, time, data, meta';

export function toStoredEvent(row: SqlRow): StoredEvent {
  return {
    position: number(row, 'position'),
    stream: text(row, 'stream'),
    revision: number(row, 'revision'),
    id: text(row, 'id'),
    type: text(row, 'type'),
    schemaVersion: number(row, 'schema_version'),
    time: number(row, 'time'),
    data: JSON.parse(text(row, 'data')) as JsonObject,
    meta: JSON.parse(text(row, 'meta')) as EventMeta,
  };
}

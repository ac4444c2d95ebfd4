import type { FieldReader } from './text.codec.ts';

/** The names in a CONNECT; null: absent, or it could not be read. */
export interface ConnectNames {
  readonly clientId: string | null;
  readonly username: string | null;
}

const FLAG = { will: 4, username: 128 };
const NOBODY: ConnectNames = { clientId: null, username: null };

/**
 * Properties of MQTT 5 (2.2.2): a length of one to four bytes, and that many bytes. False: they run
 * past the end.
 */
function skipProperties(fields: FieldReader): boolean {
  let length = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = fields.byte();
    if (byte === null) return false;
    length |= (byte & 127) << shift;
    if (byte < 128) {
      fields.at += length;
      return fields.at <= fields.end;
    }
  }
  return false;
}

/**
 * The names of a CONNECT of a level that is refused, from behind the level on: flags, keep-alive,
 * (MQTT 5: properties), client id, (will: MQTT 5's properties, topic and message), username. What
 * they hold is not judged.
 */
export function readNames(fields: FieldReader, level: number): ConnectNames {
  const flags = fields.byte();
  const withProperties = level === 5;
  if (flags === null || fields.uint16() === null) return NOBODY;
  if (withProperties && !skipProperties(fields)) return NOBODY;
  const clientId = fields.text();
  const unnamed = { clientId, username: null };
  if (clientId === null || (flags & FLAG.username) === 0) return unnamed;
  if ((flags & FLAG.will) !== 0) {
    if (withProperties && !skipProperties(fields)) return unnamed;
    if (fields.binary() === null || fields.binary() === null) return unnamed;
  }
  return { clientId, username: fields.text() };
}

import { PortError } from '@tallystick/kernel';
import type { BusRecord } from './event-bus.port.ts';

/**
 * What every bus takes for one record: below a broker's 1 MiB (message.max.bytes, max.request.size)
 * by what surrounds a record there.
 */
export const MAX_RECORD_BYTES = 900_000;

const RECORD_OVERHEAD = 32;
const HEADER_OVERHEAD = 4;
/** Bytes of UTF-8 for one UTF-16 unit. */
const UTF8_MOST = 3;

/**
 * At most: text of keys and headers is counted as if each of its characters took all the bytes that
 * one can.
 */
export function recordBytes({ key, value, headers }: BusRecord): number {
  let bytes = RECORD_OVERHEAD + (key?.length ?? 0) * UTF8_MOST;
  if (value !== null) bytes += typeof value === 'string' ? Buffer.byteLength(value) : value.length;
  for (const name in headers)
    bytes += HEADER_OVERHEAD + (name.length + (headers[name]?.length ?? 0)) * UTF8_MOST;
  return bytes;
}

/** Answers the record's bytes; throws PortError `unacceptable` when no bus will ever take it. */
export function acceptableBytes(record: BusRecord): number {
  const bytes = recordBytes(record);
  if (bytes > MAX_RECORD_BYTES)
    throw new PortError('unacceptable', `a record for ${record.topic} may take ${bytes} bytes`);
  return bytes;
}

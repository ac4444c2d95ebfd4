import { deviceIdStream, deviceStream, type ProblemCode } from '@tallystick/contracts';
import type { Ids } from '@tallystick/ports';
import type { PlannedRow } from './planned-row.types.ts';
import type { ImportRow, ReadRow, RowRefusal } from './row.types.ts';

/** A row that may become a device, with the names that it then has. */
export interface Candidate {
  readonly row: number;
  readonly input: ImportRow;
  readonly deviceKey: string;
  readonly deviceId: string;
  readonly stream: string;
}

export interface RowOfChunk {
  readonly row: number;
  readonly read: Candidate | RowRefusal;
}

export const isCandidate = (read: Candidate | RowRefusal): read is Candidate => 'input' in read;

/**
 * Names are given once, so that a decision that is made anew is about the same devices: those of an
 * earlier plan stay.
 */
export function toCandidate(
  read: ReadRow,
  row: number,
  { tenant, ids }: { readonly tenant: string; readonly ids: Ids },
  planned?: PlannedRow,
): RowOfChunk {
  if (!read.ok) return { row, read: read.error };
  const { value: input } = read;
  const known = planned === undefined || planned.state === 'refused' ? null : planned;
  const deviceKey = known?.deviceKey ?? input.deviceKey ?? ids.token(20);
  const deviceId = known?.deviceId ?? input.deviceId ?? ids.deviceId();
  const stream = deviceStream(tenant, input.productKey, deviceKey);
  return { row, read: { row, input, deviceKey, deviceId, stream } };
}

/** A stream that holds a name for one device alone, and what the second one is told. */
export interface Reservation {
  readonly stream: string;
  readonly code: Extract<ProblemCode, 'device-key-taken' | 'device-id-taken'>;
  readonly column: 'deviceKey' | 'deviceId';
}

/** Which names must be reserved beside the device's own stream, always in this order. */
export function reservationsOf({ input, deviceId }: Pick<Candidate, 'input' | 'deviceId'>) {
  const reservations: Reservation[] = [];
  if (input.deviceId !== null)
    reservations.push({
      ...{ stream: deviceIdStream(deviceId), code: 'device-id-taken', column: 'deviceId' },
    });
  return reservations;
}

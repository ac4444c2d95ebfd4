import {
  APPENDED_AT_HEADER,
  parseCredentialRecord,
  PRODUCT_GENERATION,
  type CredentialGone,
  type Lane,
} from '@tallystick/contracts';
import type { BusRecord } from '@tallystick/ports';
import { credentialRecordOf } from './relay-records.ts';

const bytesOf = (value: BusRecord['value']): Uint8Array | null =>
  typeof value === 'string' ? Buffer.from(value) : value;

/**
 * What stands for a credential that the bus will never take: that the key has no life, so that the gateways keep out whom an
 * older state would let in, and a position that counts as applied is in force. Answers the record itself where it is none.
 */
export function keptOut(lane: Lane, record: BusRecord): BusRecord {
  const { key, headers } = record;
  const credential = parseCredentialRecord({ ...record, value: bytesOf(record.value) });
  if (key === null || credential === null) return record;
  if (credential.kind === 'tick' || credential.kind === 'gone') return record;
  const { tenant, productKey, revision, position, keyEpoch, incarnation } = credential;
  const ofDevice = credential.kind === 'device' ? credential : null;
  const gone: CredentialGone = {
    kind: 'gone',
    ...{ tenant, productKey, revision, position, keyEpoch },
    deviceKey: ofDevice?.deviceKey ?? null,
    deviceId: ofDevice?.deviceId ?? null,
    generation: ofDevice?.generation ?? PRODUCT_GENERATION,
    ...(incarnation === undefined ? {} : { incarnation }),
  };
  return credentialRecordOf(lane, key, gone, Number(headers[APPENDED_AT_HEADER] ?? 0));
}

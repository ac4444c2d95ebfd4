import {
  APPENDED_AT_HEADER,
  parseCredentialRecord,
  PRODUCT_GENERATION,
  type CredentialGone,
  type CredentialRecord,
  type Lane,
} from '@tallystick/contracts';
import type { BusRecord } from '@tallystick/ports';
import { credentialRecordOf } from './relay-records.ts';

const bytesOf = (value: BusRecord['value']): Uint8Array | null =>
  typeof value === 'string' ? Buffer.from(value) : value;

type Living = Extract<CredentialRecord, { readonly kind: 'device' | 'product' }>;

function withoutLife(of: Living): CredentialGone {
  const { tenant, productKey, revision, position, keyEpoch, incarnation } = of;
  const name =
    of.kind === 'device'
      ? { deviceKey: of.deviceKey, deviceId: of.deviceId, generation: of.generation }
      : { deviceKey: null, deviceId: null, generation: PRODUCT_GENERATION };
  const place = {
    revision,
    position,
    keyEpoch,
    ...(incarnation === undefined ? {} : { incarnation }),
  };
  return { kind: 'gone', tenant, productKey, ...name, ...place };
}

/**
 * Replaces a credential that the bus will never take by "this key has no life". So gateways refuse
 * a device that an older state would let in, and a position that counts as applied is really in
 * force. A record that is no credential is returned as it is.
 */
export function keptOut(lane: Lane, record: BusRecord): BusRecord {
  const { key, headers } = record;
  const credential = parseCredentialRecord({ ...record, value: bytesOf(record.value) });
  if (key === null || credential === null) return record;
  if (credential.kind === 'tick' || credential.kind === 'gone') return record;
  const appendedAt = Number(headers[APPENDED_AT_HEADER] ?? 0);
  return credentialRecordOf(lane, key, withoutLife(credential), appendedAt);
}

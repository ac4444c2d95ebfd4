import { readAlibabaConnect } from '../alibaba-connect.codec.ts';
import type { CommonParts, ParsedConnect } from '../../connect/claim.types.ts';
import { parseUsername } from '../../connect/username.codec.ts';
import { claimedBy, isClientId, isSign, malformedClaim } from '../../http/claimed.ts';

/** What `/auth` and pre-auth say, whatever they are written in; null: it is not there. */
export interface SignedFields {
  readonly productKey: string | null;
  readonly deviceName: string | null;
  readonly clientId: string | null;
  readonly sign: string | null;
  readonly signmethod: string | null;
  readonly timestamp: string | null;
}

/** More than any SDK writes into a timestamp. */
const MAX_TIMESTAMP = 32;

/**
 * Signed as a CONNECT is: HMAC over {clientId, deviceName, productKey, timestamp} with the device's
 * secret. The timestamp is part of it where there is one; SDKs send the year 2050.
 */
export function readSigned(fields: SignedFields): ParsedConnect {
  const { productKey, deviceName, clientId } = fields;
  const parts = partsOf(fields);
  const claim = parts === null ? null : readAlibabaConnect(parts);
  if (parts === null || claim === null)
    return malformedClaim('alibaba', { productKey, deviceKey: deviceName, clientId });
  const name = { productKey: parts.productKey, deviceKey: parts.deviceKey, deviceId: null };
  return claimedBy(name, parts.clientId, claim);
}

/** As a CONNECT has them; null: one is missing, or cannot be what it is to be. */
function partsOf(fields: SignedFields): CommonParts | null {
  const { clientId, sign, signmethod, timestamp } = fields;
  const name = parseUsername(`${fields.deviceName ?? ''}&${fields.productKey ?? ''}`);
  if (name === null || clientId === null || sign === null) return null;
  if (!isClientId(clientId) || !isSign(sign)) return null;
  const extension = new Map<string, string>();
  if (signmethod !== null) extension.set('signmethod', signmethod);
  if (timestamp !== null) extension.set('timestamp', timestamp);
  const fits = (timestamp ?? '').length <= MAX_TIMESTAMP;
  return fits ? { ...name, clientId, extension, password: sign } : null;
}

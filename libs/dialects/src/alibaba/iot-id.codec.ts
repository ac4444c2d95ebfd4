import type { ParsedConnect, WireConnect } from '../connect/claim.types.ts';
import { parseExtendedClientId } from '../connect/extended-client-id.codec.ts';
import { readSigned } from './http/signed-request.ts';

/** `{deviceName}&{productKey}&{method}{timestamp}`; the timestamp is 0 to 20 digits. */
const IOT_ID = /^([^&]+)&([^&]+)&([125])(\d{0,20})$/;

/** How `signmethod` stands in an iotId. */
const LETTERS: ReadonlyMap<string, string> = new Map([
  ['hmacmd5', '5'],
  ['hmacsha1', '1'],
  ['hmacsha256', '2'],
  ['sha256', '2'],
]);

const METHODS: ReadonlyMap<string, string> = new Map([
  ['5', 'hmacmd5'],
  ['1', 'hmacsha1'],
  ['2', 'hmacsha256'],
]);

interface Said {
  readonly deviceName: string | null;
  readonly productKey: string | null;
  readonly signmethod: string | null;
  readonly timestamp: string | null;
}

/**
 * The username that pre-auth gives a device for CONNECT; its password, the iotToken, is the sign
 * that came with pre-auth. So any gateway can verify it by the device's secret, and nothing has to
 * be remembered. Null: it cannot be written so.
 */
export function toIotId({ deviceName, productKey, signmethod, timestamp }: Said): string | null {
  const letter = LETTERS.get(signmethod?.toLowerCase() ?? 'hmacmd5');
  if (letter === undefined) return null;
  const iotId = `${deviceName ?? ''}&${productKey ?? ''}&${letter}${timestamp ?? ''}`;
  return IOT_ID.test(iotId) ? iotId : null;
}

/**
 * A CONNECT by iotId and iotToken. iotkit writes the ClientId of pre-auth, with
 * `|securemode=-1,…|` behind it or with nothing. Null: the username is no iotId.
 */
export function readIotIdConnect(wire: WireConnect): ParsedConnect | null {
  const [, deviceName, productKey, letter, timestamp] = IOT_ID.exec(wire.username ?? '') ?? [];
  if (deviceName === undefined || productKey === undefined) return null;
  const extended = parseExtendedClientId(wire.clientId);
  return readSigned({
    ...{ deviceName, productKey },
    clientId: extended?.prefix ?? wire.clientId,
    sign: wire.password === null ? null : new TextDecoder().decode(wire.password),
    signmethod: METHODS.get(letter ?? '') ?? null,
    timestamp: timestamp === '' || timestamp === undefined ? null : timestamp,
  });
}

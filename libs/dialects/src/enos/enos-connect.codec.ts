import type { Claim, CommonParts, HashAlgorithm } from '../connect/claim.types.ts';
import { partOf } from '../connect/client-id-limits.ts';

/** signmethod: some SDKs write `hmacX`, and it also means the plain hash X. */
const SIGN_METHODS: ReadonlyMap<string, HashAlgorithm> = new Map([
  ['sha256', 'sha256'],
  ['hmacsha256', 'sha256'],
  ['sha1', 'sha1'],
  ['hmacsha1', 'sha1'],
  ['md5', 'md5'],
  ['hmacmd5', 'md5'],
]);

/**
 * EnOS's CONNECT: ClientId `{clientId}|securemode=2,signmethod=sha256,timestamp=…|`, username
 * `{deviceKey}&{productKey}`, password =
 * hex(hash(`clientId{..}deviceKey{..}productKey{..}timestamp{..}` + secret)): a plain hash, no
 * HMAC. Secure mode 2 is proven with the device's secret, 3 with the product's; null for any other,
 * and where clientId, securemode, signmethod or timestamp are not there. The timestamp is opaque:
 * SDKs send a year-2050 constant, or a float.
 */
export function readEnosConnect(parts: CommonParts): Claim | null {
  const { extension, clientId } = parts;
  const mode = extension.get('securemode');
  const algorithm = SIGN_METHODS.get(extension.get('signmethod')?.toLowerCase() ?? '');
  const timestamp = extension.get('timestamp') ?? '';
  const isOther = extension.has('authtype') || (mode !== '2' && mode !== '3');
  if (algorithm === undefined || isOther || timestamp === '' || partOf(clientId) === '')
    return null;
  const content = `clientId${clientId}deviceKey${parts.deviceKey}productKey${parts.productKey}timestamp${timestamp}`;
  return {
    kind: mode === '2' ? 'signed' : 'activation',
    dialect: 'enos',
    candidates: [{ algorithm, scheme: 'hash-suffix', content }],
    presented: parts.password.toLowerCase(),
  };
}

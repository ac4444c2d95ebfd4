import type { Claim, CommonParts, HashAlgorithm, ProofCandidate } from '../connect/claim.types.ts';
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
  const candidate: ProofCandidate = { algorithm, scheme: 'hash-suffix', content };
  const presented = parts.password.toLowerCase();
  const proven = { dialect: 'enos' as const, candidates: [candidate], presented, checks: null };
  return mode === '2'
    ? { kind: 'signed', ...proven }
    : { kind: 'activation', delivery: 'enos', ...proven };
}

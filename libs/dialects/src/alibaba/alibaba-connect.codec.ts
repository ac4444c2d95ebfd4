import type {
  Claim,
  CommonParts,
  HashAlgorithm,
  ProofCandidate,
  Proven,
} from '../connect/claim.types.ts';
import { isClientIdPart } from '../connect/client-id-limits.ts';

/**
 * signmethod: hmacmd5 is the documented default; bare sha256 stands in newer documents. Written in
 * any case.
 */
const SIGN_METHODS: ReadonlyMap<string, HashAlgorithm> = new Map([
  ['hmacmd5', 'md5'],
  ['hmacsha1', 'sha1'],
  ['hmacsha256', 'sha256'],
  ['sha256', 'sha256'],
]);

/**
 * Alibaba's CONNECT: ClientId `{clientId}|securemode=…,signmethod=…,timestamp=…|`, username
 * `{deviceName}&{productKey}`. Null where the extension block is none of Alibaba's, or the clientId
 * is longer than 64 characters. securemode only tells TLS from TCP and real SDKs get it wrong, so
 * it is not checked.
 */
export function readAlibabaConnect(parts: CommonParts): Claim | null {
  if (!isClientIdPart(parts.clientId)) return null;
  const authType = parts.extension.get('authtype')?.toLowerCase();
  if (authType === 'connwl') return token(parts);
  if (authType === 'register') return provenByProduct('activation', parts);
  if (authType === 'regnwl') return provenByProduct('claim-unit', parts);
  if (authType !== undefined) return null;
  // The older documents write a token login without authType.
  if (parts.extension.get('securemode') === '-2') return token(parts);
  return signed(parts);
}

function token(parts: CommonParts): Claim {
  return { kind: 'token', dialect: 'alibaba', token: parts.password };
}

function algorithmOf(parts: CommonParts): HashAlgorithm | undefined {
  return SIGN_METHODS.get(parts.extension.get('signmethod')?.toLowerCase() ?? 'hmacmd5');
}

/**
 * Content: {clientId, deviceName, productKey, timestamp} sorted by name, each name followed by its
 * value. The timestamp is there if the ClientId has one; the documents allow clientId to be left
 * out.
 */
function signed(parts: CommonParts): Claim | null {
  const algorithm = algorithmOf(parts);
  if (algorithm === undefined) return null;
  const timestamp = parts.extension.get('timestamp');
  const rest =
    `deviceName${parts.deviceKey}productKey${parts.productKey}` +
    (timestamp === undefined ? '' : `timestamp${timestamp}`);
  const contents = [`clientId${parts.clientId}${rest}`, rest];
  return {
    kind: 'signed',
    dialect: 'alibaba',
    candidates: contents.map((content): ProofCandidate => ({ algorithm, scheme: 'hmac', content })),
    presented: parts.password.toLowerCase(),
    checks: null,
  };
}

/**
 * Content: `deviceName{..}productKey{..}random{..}`, key = the product's secret. Old SDKs send a
 * constant `random`: it is no nonce.
 */
function provenByProduct(kind: 'activation' | 'claim-unit', parts: CommonParts): Claim | null {
  const algorithm = algorithmOf(parts);
  const random = parts.extension.get('random');
  if (algorithm === undefined || random === undefined) return null;
  const content = `deviceName${parts.deviceKey}productKey${parts.productKey}random${random}`;
  const proven: Proven = {
    dialect: 'alibaba',
    candidates: [{ algorithm, scheme: 'hmac', content }],
    presented: parts.password.toLowerCase(),
  };
  return kind === 'claim-unit'
    ? { kind, ...proven }
    : { kind, ...proven, delivery: 'register', checks: null };
}

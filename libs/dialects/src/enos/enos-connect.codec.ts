import type { Claim, CommonParts, ProofCandidate, Proven } from '../connect/claim.types.ts';
import { partOf } from '../connect/client-id-limits.ts';
import { ENOS_SIGN_METHODS } from './sign-methods.ts';

/** Stands for the device key where a connection carries the messages of a whole product. */
export const ENOS_CHANNEL = '%channel%';

const CHANNEL_USERNAME = /^%channel%&([A-Za-z0-9_]{1,32})$/;

/** The product of such a connection; null for every other username. */
export function parseEnosChannel(username: string): string | null {
  return CHANNEL_USERNAME.exec(username)?.[1] ?? null;
}

/**
 * EnOS's CONNECT: ClientId `{clientId}|securemode=2,signmethod=sha256,timestamp=…|`, username
 * `{deviceKey}&{productKey}`, password =
 * hex(hash(`clientId{..}deviceKey{..}productKey{..}timestamp{..}` + secret)): a plain hash, no
 * HMAC. Secure mode 2 is proven with the device's secret, 3 and 4 (message integration) with the
 * product's; null for any other, and where clientId, securemode, signmethod or timestamp are not
 * there. The timestamp is opaque: SDKs send a year-2050 constant, or a float.
 */
export function readEnosConnect(parts: CommonParts): Claim | null {
  const { extension, clientId } = parts;
  const algorithm = ENOS_SIGN_METHODS.get(extension.get('signmethod')?.toLowerCase() ?? '');
  const timestamp = extension.get('timestamp') ?? '';
  if (algorithm === undefined || timestamp === '' || partOf(clientId) === '') return null;
  if (extension.has('authtype')) return null;
  const content = `clientId${clientId}deviceKey${parts.deviceKey}productKey${parts.productKey}timestamp${timestamp}`;
  const candidate: ProofCandidate = { algorithm, scheme: 'hash-suffix', content };
  const presented = parts.password.toLowerCase();
  return inMode(extension.get('securemode'), {
    dialect: 'enos',
    candidates: [candidate],
    presented,
  });
}

function inMode(mode: string | undefined, proven: Proven): Claim | null {
  if (mode === '2') return { kind: 'signed', ...proven, checks: null };
  if (mode === '3') return { kind: 'activation', delivery: 'enos', ...proven, checks: null };
  return mode === '4' ? { kind: 'not-offered', ...proven } : null;
}

import type { Claim } from '../../connect/claim.types.ts';
import { parseUsername } from '../../connect/username.codec.ts';
import { decodePercent, isOfType, parseJsonObject, textOf } from '../../http/body.codec.ts';
import { claimedBy, isSign, malformedClaim } from '../../http/claimed.ts';
import type { DeviceRequest, WireRequest } from '../../http/device-request.types.ts';
import { ENOS_SIGN_METHODS } from '../sign-methods.ts';

/** `/auth/{productKey}/{deviceKey}`. */
const PATH = /^\/auth\/([^/]+)\/([^/]+)$/;
const LIFETIME = /^[1-9]\d{0,9}$/;
/** 30 days. The SDK's own default is five minutes. */
const MAX_LIFETIME_MS = 2_592_000_000;

export const isEnosAuth = (path: string): boolean => PATH.test(path);

/**
 * JSON of `signMethod` (the first SDK: `secureMode`, 2), `lifetime` in milliseconds and `sign`:
 * hex(hash(`deviceKey{..}lifetime{..}productKey{..}` with `secureMode{..}` and `signMethod{..}`
 * where they are there + the device's secret)). `clientInfo` and what else comes is not read.
 */
export function readEnosAuth({ path, headers, body }: WireRequest): DeviceRequest {
  const route = 'enos-auth';
  if (typeof body === 'string') return { kind: 'faulty', route, fault: body };
  if (!isOfType(headers, 'application/json')) return { kind: 'faulty', route, fault: 'media-type' };
  const [, productKey, deviceKey] = (PATH.exec(path) ?? []).map((part) => decodePercent(part));
  const said = parseJsonObject(body) ?? {};
  const lifetime = lifetimeOf(textOf(said['lifetime']));
  const name = parseUsername(`${deviceKey ?? ''}&${productKey ?? ''}`);
  const claim = name === null || lifetime === null ? null : claimOf(name, lifetime, said);
  const terms = { lifetimeMs: Number(lifetime ?? 0), graceMs: 0 };
  const parsed =
    claim === null || name === null
      ? malformedClaim('enos', { productKey, deviceKey, clientId: deviceKey })
      : claimedBy({ ...name, deviceId: null }, name.deviceKey, claim);
  return { kind: 'login', route, terms, fault: null, parsed };
}

function lifetimeOf(text: string | null): string | null {
  const fits = text !== null && LIFETIME.test(text) && Number(text) <= MAX_LIFETIME_MS;
  return fits ? text : null;
}

function claimOf(
  { productKey, deviceKey }: { readonly productKey: string; readonly deviceKey: string },
  lifetime: string,
  said: Readonly<Record<string, unknown>>,
): Claim | null {
  const secureMode = textOf(said['secureMode']);
  const signMethod = textOf(said['signMethod']);
  const algorithm = ENOS_SIGN_METHODS.get(signMethod?.toLowerCase() ?? 'sha256');
  const sign = textOf(said['sign']) ?? '';
  if ((secureMode ?? signMethod) === null || (secureMode ?? '2') !== '2') return null;
  if (algorithm === undefined || !isSign(sign)) return null;
  const content =
    `deviceKey${deviceKey}lifetime${lifetime}productKey${productKey}` +
    (secureMode === null ? '' : `secureMode${secureMode}`) +
    (signMethod === null ? '' : `signMethod${signMethod}`);
  return {
    kind: 'signed',
    dialect: 'enos',
    candidates: [{ algorithm, scheme: 'hash-suffix', content }],
    presented: sign.toLowerCase(),
    checks: null,
  };
}

export const toSessionReply = (sessionId: string): string =>
  JSON.stringify({ code: 200, data: { sessionId }, message: 'success' });

import type {
  Claim,
  MalformedReason,
  ParsedConnect,
  ProofCandidate,
  WireConnect,
} from '../connect/claim.types.ts';
import { parseHuaweiClientId, type Check, type HuaweiClientId } from './huawei-client-id.codec.ts';

/** Device ids and node ids. */
const ID = /^[A-Za-z0-9_-]{1,256}$/;
/** A node id has at most 64 characters. */
const MAX_NODE_ID = 64;

const utf8 = new TextDecoder();

type Parsed<Kind> = Extract<ParsedConnect, { readonly kind: Kind }>;
type Names = Pick<Parsed<'claims'>, 'productKey' | 'deviceKey' | 'deviceId'>;
type Form<Name> = Extract<HuaweiClientId, { readonly form: Name }>;

/**
 * Huawei's CONNECT: the username is the device's id or node id, the password hex(HMAC(key = hour,
 * message = secret)), and the ClientId says which (`parseHuaweiClientId`). Null where the ClientId
 * is none of Huawei's. Bridges are not offered, nor is the certificate of a group.
 */
export function readHuaweiConnect(wire: WireConnect): ParsedConnect | null {
  const username = wire.username ?? '';
  const said = parseHuaweiClientId(wire.clientId, username);
  if (said === null) return null;
  const presented = wire.password === null ? '' : utf8.decode(wire.password).toLowerCase();
  if (said.form === 'misshapen') return malformed('malformed-client-id', username);
  if (said.form === 'certificate')
    return malformed(presented === '' ? 'mode-not-offered' : 'malformed-client-id', username);
  if (said.form === 'login' && said.type === '3') return malformed('mode-not-offered', username);
  return proven(said, username, presented);
}

function proven(
  said: Form<'login' | 'bootstrap'>,
  username: string,
  presented: string,
): ParsedConnect {
  if (presented === '' || !ID.test(username)) return malformed('malformed-credentials', username);
  const reading = said.form === 'login' ? login(said, username) : bootstrap(said, username);
  const claim: Claim = {
    ...{ ...reading.claim, dialect: 'huawei', candidates: [reading.candidate], presented },
    checks: said.check === '0' ? null : { hour: said.hour },
  };
  return { kind: 'claims', ...reading.names, clientId: username, claims: [claim] };
}

interface Reading {
  readonly names: Names;
  readonly claim:
    { readonly kind: 'signed' } | { readonly kind: 'activation'; readonly delivery: 'bootstrap' };
  readonly candidate: ProofCandidate;
}

const algorithmOf = (check: Check) => (check === '2' ? 'sm3' : 'sha256');

function login({ type, check, hour }: Form<'login'>, username: string): Reading {
  const [deviceKey, deviceId] = type === '0' ? [null, username] : [username, null];
  return {
    names: { productKey: null, deviceKey, deviceId },
    claim: { kind: 'signed' },
    candidate: { scheme: 'keyed-by-content', algorithm: algorithmOf(check), content: hour },
  };
}

/**
 * `{productKey}_{deviceKey}` is how a device id is made where none was given. A device key that is
 * too long for a node id is null: no device can be made of it.
 */
function bootstrap({ scopeId, check, hour }: Form<'bootstrap'>, username: string): Reading {
  const prefix = `${scopeId}_`;
  const rest = username.startsWith(prefix) ? username.slice(prefix.length) : '';
  const key = rest === '' ? username : rest;
  const deviceKey = key.length > MAX_NODE_ID ? null : key;
  const algorithm = algorithmOf(check);
  return {
    names: { productKey: scopeId, deviceKey, deviceId: username },
    claim: { kind: 'activation', delivery: 'bootstrap' },
    candidate: { scheme: 'group', algorithm, content: hour, derivedFor: username },
  };
}

function malformed(reason: MalformedReason, username: string): Parsed<'malformed'> {
  const id = ID.test(username) ? username : null;
  return {
    ...{ kind: 'malformed', reason, dialect: 'huawei', clientId: id },
    ...{ productKey: null, deviceKey: null, deviceId: id },
  };
}

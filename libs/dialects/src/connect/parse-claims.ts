import { readAlibabaConnect } from '../alibaba/alibaba-connect.codec.ts';
import { readEnosConnect } from '../enos/enos-connect.codec.ts';
import { isHuaweiClientId, parseHuaweiUsername } from '../huawei/huawei-client-id.ts';
import type {
  Claim,
  DialectName,
  MalformedReason,
  ParsedConnect,
  WireConnect,
} from './claim.types.ts';
import { isBoundedClientId, isClientIdPart } from './client-id-limits.ts';
import { parseExtendedClientId } from './extended-client-id.codec.ts';
import { parseUsername } from './username.codec.ts';

type Malformed = Extract<ParsedConnect, { readonly kind: 'malformed' }>;
type Name = { readonly productKey: string; readonly deviceKey: string } | null;

const utf8 = new TextDecoder();

/** In the order in which they are tried. */
const READERS = [
  ['alibaba', readAlibabaConnect],
  ['enos', readEnosConnect],
] as const;

const maySpeak = ({ speaks }: WireConnect, dialect: DialectName): boolean =>
  speaks === null || speaks === dialect;

/**
 * Takes a CONNECT apart. Where one dialect alone is spoken, by that; elsewhere Huawei by the
 * ClientId's form, else Alibaba first and then EnOS.
 */
export function parseClaims(wire: WireConnect): ParsedConnect {
  if (!isBoundedClientId(wire.clientId))
    return malformed('malformed-client-id', null, null, parseUsername(wire.username ?? ''));
  const extended = parseExtendedClientId(wire.clientId);
  if (extended === null) return withoutExtension(wire);
  const name = wire.username === null ? null : parseUsername(wire.username);
  const password = wire.password === null ? '' : utf8.decode(wire.password);
  if (name === null || password === '')
    return malformed('malformed-credentials', null, extended.prefix, name);
  const parts = { ...name, clientId: extended.prefix, extension: extended.extension, password };
  const claims = READERS.filter(([dialect]) => maySpeak(wire, dialect))
    .map(([, read]) => read(parts))
    .filter((claim): claim is Claim => claim !== null);
  if (claims.length === 0) return malformed('malformed-client-id', null, extended.prefix, name);
  return { kind: 'claims', ...name, deviceId: null, clientId: extended.prefix, claims };
}

/**
 * Huawei's dialect is recognised by the form of its ClientId, but not served yet: the answer is
 * that of wrong credentials.
 */
function withoutExtension(wire: WireConnect): ParsedConnect {
  const { clientId, username } = wire;
  if (maySpeak(wire, 'huawei') && isHuaweiClientId(clientId, username))
    return {
      ...malformed('malformed-credentials', 'huawei', unitNamed(username ?? ''), null),
      deviceId: parseHuaweiUsername(username ?? ''),
    };
  const name = parseUsername(username ?? '');
  return malformed('malformed-client-id', null, unitNamed(clientId), name);
}

/**
 * A ClientId without an extension block may still name a unit, unless it begins a block that it
 * does not close.
 */
function unitNamed(clientId: string): string | null {
  return clientId !== '' && isClientIdPart(clientId) && !clientId.includes('|') ? clientId : null;
}

function malformed(
  reason: MalformedReason,
  dialect: DialectName | null,
  clientId: string | null,
  name: Name,
): Malformed {
  return {
    kind: 'malformed',
    reason,
    dialect,
    clientId,
    productKey: name?.productKey ?? null,
    deviceKey: name?.deviceKey ?? null,
    deviceId: null,
  };
}

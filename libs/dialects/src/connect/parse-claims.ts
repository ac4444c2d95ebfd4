import { readAlibabaConnect } from '../alibaba/alibaba-connect.codec.ts';
import { readIotIdConnect } from '../alibaba/iot-id.codec.ts';
import { ENOS_CHANNEL, parseEnosChannel, readEnosConnect } from '../enos/enos-connect.codec.ts';
import { readHuaweiConnect } from '../huawei/huawei-connect.codec.ts';
import type {
  Claim,
  CommonParts,
  DialectName,
  MalformedReason,
  ParsedConnect,
  WireConnect,
} from './claim.types.ts';
import { isBoundedClientId, isClientIdPart } from './client-id-limits.ts';
import { parseExtendedClientId, type ExtendedClientId } from './extended-client-id.codec.ts';
import { parseUsername } from './username.codec.ts';

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
 * ClientId's form, Alibaba's pre-auth by its username, else Alibaba first and then EnOS.
 */
export function parseClaims(wire: WireConnect): ParsedConnect {
  const username = wire.username ?? '';
  if (!isBoundedClientId(wire.clientId))
    return malformed('malformed-client-id', null, parseUsername(username));
  const huawei = maySpeak(wire, 'huawei') ? readHuaweiConnect(wire) : null;
  if (huawei !== null) return huawei;
  const guided = maySpeak(wire, 'alibaba') ? readIotIdConnect(wire) : null;
  if (guided !== null) return guided;
  const extended = parseExtendedClientId(wire.clientId);
  if (extended === null)
    return malformed('malformed-client-id', unitNamed(wire.clientId), parseUsername(username));
  return withExtension(wire, extended);
}

function withExtension(wire: WireConnect, { prefix, extension }: ExtendedClientId): ParsedConnect {
  const username = wire.username ?? '';
  const name = parseUsername(username);
  const channelOf = maySpeak(wire, 'enos') ? parseEnosChannel(username) : null;
  const password = wire.password === null ? '' : utf8.decode(wire.password);
  const parts = { clientId: prefix, extension, password };
  if (channelOf !== null && password !== '') return channel(channelOf, parts);
  if (name === null || password === '') return malformed('malformed-credentials', prefix, name);
  const claims = READERS.filter(([dialect]) => maySpeak(wire, dialect))
    .map(([, read]) => read({ ...name, ...parts }))
    .filter((claim): claim is Claim => claim !== null);
  if (claims.length === 0) return malformed('malformed-client-id', prefix, name);
  return { kind: 'claims', ...name, deviceId: null, clientId: prefix, claims };
}

/** EnOS's message integration speaks for a whole product. */
function channel(
  productKey: string,
  parts: Omit<CommonParts, 'productKey' | 'deviceKey'>,
): ParsedConnect {
  const claim = readEnosConnect({ ...parts, productKey, deviceKey: ENOS_CHANNEL });
  if (claim?.kind !== 'not-offered')
    return malformed('malformed-credentials', parts.clientId, null);
  const names = { productKey, deviceKey: null, deviceId: null };
  return { kind: 'claims', ...names, clientId: parts.clientId, claims: [claim] };
}

/**
 * A ClientId without an extension block may still name a unit, unless it begins a block that it
 * does not close.
 */
function unitNamed(clientId: string): string | null {
  return clientId !== '' && isClientIdPart(clientId) && !clientId.includes('|') ? clientId : null;
}

function malformed(reason: MalformedReason, clientId: string | null, name: Name): ParsedConnect {
  return {
    kind: 'malformed',
    reason,
    dialect: null,
    clientId,
    productKey: name?.productKey ?? null,
    deviceKey: name?.deviceKey ?? null,
    deviceId: null,
  };
}

import type { Claim, DialectName, ParsedConnect } from '../connect/claim.types.ts';
import { isBoundedClientId, isClientIdPart } from '../connect/client-id-limits.ts';
import { parseUsername } from '../connect/username.codec.ts';

/** What a request says of its device, as far as it could be read. */
export interface SaidName {
  readonly productKey?: string | null | undefined;
  readonly deviceKey?: string | null | undefined;
  readonly deviceId?: string | null | undefined;
  readonly clientId?: string | null | undefined;
}

type Malformed = Extract<ParsedConnect, { readonly kind: 'malformed' }>;

/** The names are handed on where they can be names; the view may know them. */
export function malformedClaim(dialect: DialectName, said: SaidName): Malformed {
  const name = parseUsername(`${said.deviceKey ?? ''}&${said.productKey ?? ''}`);
  const clientId = said.clientId ?? '';
  return {
    kind: 'malformed',
    reason: 'malformed-credentials',
    dialect,
    productKey: name?.productKey ?? null,
    deviceKey: name?.deviceKey ?? null,
    deviceId: said.deviceId ?? null,
    clientId: isClientId(clientId) ? clientId : null,
  };
}

export const claimedBy = (
  name: {
    readonly productKey: string | null;
    readonly deviceKey: string | null;
    readonly deviceId: string | null;
  },
  clientId: string,
  claim: Claim,
): ParsedConnect => ({ kind: 'claims', ...name, clientId, claims: [claim] });

/** 1 to 64 printable characters. */
export function isClientId(text: string): boolean {
  return text !== '' && isClientIdPart(text) && isBoundedClientId(text);
}

/** A signature is at most the hex of SHA-512; what is longer is none. */
export const isSign = (text: string): boolean => text !== '' && text.length <= 128;

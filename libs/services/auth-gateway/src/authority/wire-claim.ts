import type { DialectName, RefusalReason, WireConnect } from '@tallystick/dialects';
import type { ClaimFault, SessionClaim } from '@tallystick/ports';

/** Why a listener refuses a claim by itself. */
export const REASON_OF_FAULT = {
  'protocol-version': 'protocol-version',
  'client-id': 'malformed-client-id',
  'will-topic': 'topic-refused',
} as const satisfies Record<ClaimFault, RefusalReason>;

/** Listeners that speak one dialect alone. */
const SPEAKS: ReadonlyMap<string, DialectName> = new Map([
  ['enosMqtt', 'enos'],
  ['enosMqtts', 'enos'],
]);

/** A claim as the dialects read it. */
export const toWire = ({ listener, ...claim }: SessionClaim): WireConnect => ({
  speaks: SPEAKS.get(listener) ?? null,
  clientId: claim.clientId,
  username: claim.username,
  password: claim.password,
});

import type { RefusalReason, WireConnect } from '@tallystick/dialects';
import type { ClaimFault, SessionClaim } from '@tallystick/ports';

/** Why a listener refuses a claim by itself. */
export const REASON_OF_FAULT = {
  'protocol-version': 'protocol-version',
  'client-id': 'malformed-client-id',
  'will-topic': 'topic-refused',
} as const satisfies Record<ClaimFault, RefusalReason>;

/** A claim as the dialects read it: EnOS's own port is the one that speaks EnOS alone. */
export const toWire = (claim: SessionClaim): WireConnect => ({
  listener: claim.listener === 'enosMqtt' ? 'enosMqtt' : 'mqtt',
  clientId: claim.clientId,
  username: claim.username,
  password: claim.password,
});

import type { ClaimFault } from '@tallystick/ports';
import type { ConnackCode } from './codec/replies.codec.ts';

/** What a CONNECT is answered that this listener refuses by itself. */
export const CONNACK_OF_FAULT = {
  'protocol-version': 1,
  'client-id': 2,
  'will-topic': 5,
} as const satisfies Record<ClaimFault, ConnackCode>;

/** The authority could not decide: server unavailable, the device tries again. */
export const CONNACK_UNDECIDED = 3 satisfies ConnackCode;

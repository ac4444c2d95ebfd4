import type { CloseReason, DecisionReason } from '@tallystick/contracts';
import { REFUSAL_REASONS } from '@tallystick/dialects';
import type { TransportCloseReason, TransportEnd } from '@tallystick/ports';

/**
 * Ends that the gateway itself made for what the device did or is: `explain` tells them (decision
 * `end`), by this reason.
 */
const END_OF: Readonly<Record<CloseReason, DecisionReason | null>> = {
  'topic-refused': 'topic-refused',
  'packet-too-large': 'packet-too-large',
  'protocol-error': 'protocol-error',
  limit: 'too-many-requests',
  disabled: 'device-disabled',
  forbidden: 'unit-forbidden',
  'certificate-revoked': 'certificate-revoked',
  'certificate-expired': 'certificate-expired',
  'certificate-required': 'certificate-required',
  'secret-reset': 'bad-secret',
  // The device, the network or an operator ended it; no rule refused anything.
  client: null,
  'connection-lost': null,
  'keep-alive': null,
  silence: null,
  'gateway-lost': null,
  deleted: null,
  kicked: null,
  reset: null,
  'parent-closed': null,
  detached: null,
  'gateway-closing': null,
  'taken-over': null,
};

/** What the transport ended by itself. A new end does not compile until it is placed. */
const OF_TRANSPORT: Readonly<Record<TransportEnd, CloseReason>> = {
  client: 'client',
  'connection-lost': 'connection-lost',
  'keep-alive': 'keep-alive',
  silence: 'silence',
  'taken-over': 'taken-over',
  'gateway-closing': 'gateway-closing',
  'topic-refused': 'topic-refused',
  'packet-too-large': 'packet-too-large',
  'protocol-error': 'protocol-error',
  limit: 'limit',
  // The public contract has no word of its own for it.
  'time-up': 'connection-lost',
};

const BY_TRANSPORT: ReadonlyMap<string, CloseReason> = new Map(Object.entries(OF_TRANSPORT));
const REASONS: ReadonlySet<string> = new Set(Object.keys(END_OF));

const isCloseReason = (reason: string): reason is CloseReason => REASONS.has(reason);

/** The public contract's word for an end: the transport's own, or the word of whoever cut it. */
export function toCloseReason(reason: TransportCloseReason): CloseReason {
  return BY_TRANSPORT.get(reason) ?? (isCloseReason(reason) ? reason : 'connection-lost');
}

/** Why the gateway ended it, as `explain` says it; null: nothing that it decided. */
export const endReason = (reason: CloseReason): DecisionReason | null => END_OF[reason];

/**
 * A device that is gone, or was reset, is told of by that; a session of which it could know nothing
 * more ended with it.
 */
const BARS: ReadonlyMap<string, DecisionReason> = new Map(
  REFUSAL_REASONS.filter((reason) => !reason.startsWith('unknown-')).map((one) => [one, one]),
);

/** As `endReason`, of a session that only fetches: what bars it is a reason by itself. */
export const fetchEndReason = (reason: TransportCloseReason): DecisionReason | null =>
  BARS.get(reason) ?? endReason(toCloseReason(reason));

import type { ParsedConnect, RefusalReason, TopicPolicy } from '@tallystick/dialects';
import type { SessionClaim } from '@tallystick/ports';
import type { Asking, Denial, Login } from '../decide/decision.types.ts';
import { meantBy } from '../decide/meant.ts';
import type { ViewLookup } from '../view/view-lookup.ts';
import type { Look, NamedConnect } from './connect-limits.ts';

export const REFUSALS_RULE = 'limit.refusals';

/**
 * Reasons that say that nothing was proven: an address that was refused too often does not hear
 * which.
 */
const IS_UNPROVEN = {
  'bad-secret': true,
  'unknown-device': true,
  'unknown-product': true,
  'malformed-credentials': true,
  'malformed-client-id': true,
  'keep-alive-out-of-range': false,
  'protocol-version': true,
  'timestamp-out-of-range': true,
  'device-disabled': false,
  'unit-forbidden': false,
  'name-closed': false,
  'slots-full': false,
  'dynamic-activation-off': false,
  'already-activated': false,
  'certificate-required': false,
  'view-stale': false,
  'registry-away': false,
  'too-many-requests': false,
  'topic-refused': false,
  'ambiguous-name': true,
  'mode-not-offered': false,
} as const satisfies Record<RefusalReason, boolean>;

/** The fault is not the device's: it is asked to try again, and its address is not blamed. */
const IS_RETRYABLE = {
  'bad-secret': false,
  'unknown-device': false,
  'unknown-product': false,
  'malformed-credentials': false,
  'malformed-client-id': false,
  'keep-alive-out-of-range': false,
  'protocol-version': false,
  'timestamp-out-of-range': false,
  'device-disabled': false,
  'unit-forbidden': false,
  'name-closed': false,
  'slots-full': false,
  'dynamic-activation-off': false,
  'already-activated': false,
  'certificate-required': false,
  'view-stale': true,
  'registry-away': true,
  'too-many-requests': true,
  'topic-refused': false,
  'ambiguous-name': false,
  'mode-not-offered': false,
} as const satisfies Record<RefusalReason, boolean>;

export const isRetryable = (reason: RefusalReason): boolean => IS_RETRYABLE[reason];

/**
 * Under a strict look, what is not proven is answered as one too many; what is proven is answered
 * as ever.
 */
export function underLook<T extends Denial | Login | Asking>(look: Look, decided: T): T | Denial {
  if (look === 'open' || decided.decision !== 'deny' || !IS_UNPROVEN[decided.reason])
    return decided;
  return { ...decided, reason: 'too-many-requests', rule: REFUSALS_RULE };
}

/** It was said to a process that stood still: the device has gone elsewhere, or tries again. */
export const tooLate = (decided: Login | Asking): Denial => ({
  ...decided,
  ...{ decision: 'deny', reason: 'view-stale', rule: 'gateway.standstill' },
});

/** The will would be published under a topic that is not the device's. */
export const willRefused = (decided: Login | Asking): Denial => ({
  ...decided,
  ...{ decision: 'deny', reason: 'topic-refused' },
});

export const isForeignWill = ({ willTopic }: SessionClaim, topics: TopicPolicy): boolean =>
  willTopic !== null && !topics.mayPublish(willTopic);

/** Whose looks a CONNECT uses up. */
export function namedIn(parsed: ParsedConnect, view: ViewLookup): NamedConnect {
  const { productKey, deviceKey, deviceId } = parsed;
  return {
    name: `${productKey ?? ''}/${deviceKey ?? ''}/${deviceId ?? ''}`,
    isKnown: () => meantBy(parsed, view).device !== null,
  };
}

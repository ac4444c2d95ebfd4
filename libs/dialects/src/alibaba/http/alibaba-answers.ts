import type { HttpAnswerText, HttpFault } from '../../http/device-request.types.ts';
import type { UplinkRefusal } from '../../http/uplink-refusals.ts';
import type { RefusalReason } from '../../refusals/refusal-reasons.ts';

/** Dynamic registration: the codes of Alibaba's registration, 6204 of its sub-devices. */
export const REGISTRATION_CODES = {
  'bad-secret': 6600,
  'unknown-device': 6100,
  'unknown-product': 6250,
  'malformed-credentials': 460,
  'malformed-client-id': 460,
  'keep-alive-out-of-range': 460,
  'protocol-version': 460,
  'timestamp-out-of-range': 460,
  'device-disabled': 6204,
  'unit-forbidden': 6204,
  'name-closed': 6288,
  'slots-full': 6288,
  'dynamic-activation-off': 6288,
  'already-activated': 6289,
  'certificate-required': 6288,
  'view-stale': 500,
  'registry-away': 500,
  'too-many-requests': 429,
  'topic-refused': 460,
  'ambiguous-name': 6100,
  'mode-not-offered': 6292,
} as const satisfies Record<RefusalReason, number>;

/** A token: the codes of Alibaba's HTTPS devices. */
export const TOKEN_CODES = {
  'bad-secret': 20000,
  'unknown-device': 20000,
  'unknown-product': 20000,
  'malformed-credentials': 10001,
  'malformed-client-id': 10001,
  'keep-alive-out-of-range': 10001,
  'protocol-version': 10001,
  'timestamp-out-of-range': 20000,
  'device-disabled': 20000,
  'unit-forbidden': 20000,
  'name-closed': 20000,
  'slots-full': 20000,
  'dynamic-activation-off': 20000,
  'already-activated': 20000,
  'certificate-required': 20000,
  'view-stale': 10000,
  'registry-away': 10000,
  'too-many-requests': 40000,
  'topic-refused': 30001,
  'ambiguous-name': 20000,
  'mode-not-offered': 20000,
} as const satisfies Record<RefusalReason, number>;

/** Pre-auth: the codes that Alibaba's services have in common. */
export const GUIDE_CODES = {
  'bad-secret': 401,
  'unknown-device': 401,
  'unknown-product': 401,
  'malformed-credentials': 460,
  'malformed-client-id': 460,
  'keep-alive-out-of-range': 460,
  'protocol-version': 460,
  'timestamp-out-of-range': 401,
  'device-disabled': 403,
  'unit-forbidden': 403,
  'name-closed': 403,
  'slots-full': 403,
  'dynamic-activation-off': 403,
  'already-activated': 403,
  'certificate-required': 403,
  'view-stale': 500,
  'registry-away': 500,
  'too-many-requests': 429,
  'topic-refused': 403,
  'ambiguous-name': 401,
  'mode-not-offered': 403,
} as const satisfies Record<RefusalReason, number>;

export const FORM_FAULTS = {
  method: 460,
  'media-type': 460,
  'too-large': 460,
  broken: 460,
  malformed: 460,
  'sign-method': 6292,
} as const satisfies Record<HttpFault, number>;

export const TOKEN_FAULTS = {
  method: 10001,
  'media-type': 10001,
  'too-large': 10001,
  broken: 10001,
  malformed: 10001,
  'sign-method': 10001,
} as const satisfies Record<HttpFault, number>;

export const TOPIC_REFUSALS = {
  'token-missing': 20002,
  'token-malformed': 20003,
  'token-ended': 20001,
  'topic-malformed': 10001,
  'topic-refused': 30001,
  'too-many-requests': 40000,
  'not-now': 10000,
} as const satisfies Record<UplinkRefusal, number>;

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [401, 'request auth error'],
  [403, 'request forbidden'],
  [429, 'too many requests'],
  [460, 'request parameter error'],
  [500, 'service error, try again'],
  [6100, 'device not found'],
  [6204, 'device is disabled'],
  [6250, 'product not found'],
  [6288, 'dynamic registration is not allowed'],
  [6289, 'device is already activated'],
  [6292, 'signMethod is not supported'],
  [6600, 'signature error'],
  [10000, 'common error, try again'],
  [10001, 'param error'],
  [20000, 'auth check error'],
  [20001, 'token is expired'],
  [20002, 'token is null'],
  [20003, 'check token error'],
  [30001, 'publish message error'],
  [40000, 'request too many'],
]);

/** Alibaba's devices look for the code in the body of a 200. */
export const toAlibabaError = (code: number): HttpAnswerText => ({
  status: 200,
  body: JSON.stringify({ code, message: MESSAGES.get(code) ?? 'error' }),
});

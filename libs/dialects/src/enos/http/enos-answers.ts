import type { HttpAnswerText, HttpFault } from '../../http/device-request.types.ts';
import type { UplinkRefusal } from '../../http/uplink-refusals.ts';
import type { RefusalReason } from '../../refusals/refusal-reasons.ts';

/** EnOS's own codes; 742 is also the answer to names that nobody has. */
export const AUTH_CODES = {
  'bad-secret': 742,
  'unknown-device': 742,
  'unknown-product': 742,
  'malformed-credentials': 460,
  'malformed-client-id': 460,
  'keep-alive-out-of-range': 460,
  'protocol-version': 460,
  'timestamp-out-of-range': 742,
  'device-disabled': 723,
  'unit-forbidden': 401,
  'name-closed': 401,
  'slots-full': 401,
  'dynamic-activation-off': 770,
  'already-activated': 401,
  'certificate-required': 746,
  'view-stale': 500,
  'registry-away': 500,
  'too-many-requests': 429,
  'topic-refused': 740,
  'ambiguous-name': 742,
  'mode-not-offered': 460,
} as const satisfies Record<RefusalReason, number>;

export const ENOS_FAULTS = {
  method: 460,
  'media-type': 460,
  'too-large': 460,
  broken: 460,
  malformed: 460,
  'sign-method': 460,
} as const satisfies Record<HttpFault, number>;

export const ENOS_UPLINK_REFUSALS = {
  'token-missing': 401,
  'token-malformed': 401,
  'token-ended': 401,
  'topic-malformed': 460,
  'topic-refused': 740,
  'too-many-requests': 429,
  'not-now': 500,
} as const satisfies Record<UplinkRefusal, number>;

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [401, 'authentication failed'],
  [429, 'too many requests'],
  [460, 'parameter error'],
  [500, 'internal error, try again'],
  [723, 'device is disabled'],
  [740, 'device is not a sub-device of this gateway'],
  [742, 'sign check failed'],
  [746, 'device must use SSL'],
  [770, 'dynamic activation is not allowed'],
]);

/** The SDK reads code and message from the body of a 200. */
export const toEnosError = (code: number, id: string | null): HttpAnswerText => ({
  status: 200,
  body: JSON.stringify({
    ...(id === null ? {} : { id }),
    code,
    data: null,
    message: MESSAGES.get(code) ?? 'error',
  }),
});

import type { HttpAnswerText, HttpFault } from '../../http/device-request.types.ts';
import type { UplinkRefusal } from '../../http/uplink-refusals.ts';
import type { RefusalReason } from '../../refusals/refusal-reasons.ts';

/** An HTTP status and Huawei's code, as its documents of HTTPS devices pair them. */
export type HuaweiCode = `${number} IOTDA.${string}`;

export const DEVICE_AUTH_CODES = {
  'bad-secret': '401 IOTDA.000002',
  'unknown-device': '401 IOTDA.000002',
  'unknown-product': '401 IOTDA.000002',
  'malformed-credentials': '400 IOTDA.000006',
  'malformed-client-id': '400 IOTDA.000006',
  'keep-alive-out-of-range': '400 IOTDA.000006',
  'protocol-version': '400 IOTDA.000006',
  'timestamp-out-of-range': '401 IOTDA.000002',
  'device-disabled': '403 IOTDA.000002',
  'unit-forbidden': '403 IOTDA.000002',
  'name-closed': '403 IOTDA.000002',
  'slots-full': '403 IOTDA.000002',
  'dynamic-activation-off': '403 IOTDA.000002',
  'already-activated': '401 IOTDA.000002',
  'certificate-required': '403 IOTDA.000002',
  'view-stale': '503 IOTDA.000001',
  'registry-away': '503 IOTDA.000001',
  'too-many-requests': '403 IOTDA.021101',
  'topic-refused': '403 IOTDA.000004',
  'ambiguous-name': '401 IOTDA.000002',
  'mode-not-offered': '403 IOTDA.000002',
} as const satisfies Record<RefusalReason, HuaweiCode>;

export const HUAWEI_FAULTS = {
  method: '405 IOTDA.000006',
  'media-type': '400 IOTDA.000006',
  'too-large': '403 IOTDA.021105',
  broken: '400 IOTDA.000006',
  malformed: '400 IOTDA.000006',
  'sign-method': '400 IOTDA.000006',
} as const satisfies Record<HttpFault, HuaweiCode>;

export const HUAWEI_UPLINK_REFUSALS = {
  'token-missing': '401 IOTDA.000002',
  'token-malformed': '401 IOTDA.000002',
  'token-ended': '401 IOTDA.000002',
  'topic-malformed': '400 IOTDA.000006',
  'topic-refused': '403 IOTDA.000004',
  'too-many-requests': '403 IOTDA.021101',
  'not-now': '503 IOTDA.000001',
} as const satisfies Record<UplinkRefusal, HuaweiCode>;

const MESSAGES: ReadonlyMap<string, string> = new Map([
  ['IOTDA.000001', 'The service is busy. Try again later.'],
  ['IOTDA.000002', 'Authentication failed.'],
  ['IOTDA.000004', 'Invalid access token.'],
  ['IOTDA.000006', 'Invalid input data.'],
  ['IOTDA.021101', 'Request reached the maximum rate limit.'],
  ['IOTDA.021105', 'The content reported in a single request is too large.'],
]);

export function toHuaweiError(code: HuaweiCode): HttpAnswerText {
  const [status, error_code = ''] = code.split(' ');
  const error_msg = MESSAGES.get(error_code) ?? 'error';
  return { status: Number(status), body: JSON.stringify({ error_code, error_msg }) };
}

import {
  FORM_FAULTS,
  GUIDE_CODES,
  REGISTRATION_CODES,
  toAlibabaError,
  TOKEN_CODES,
  TOKEN_FAULTS,
  TOPIC_REFUSALS,
} from '../alibaba/http/alibaba-answers.ts';
import { toTokenReply } from '../alibaba/http/token-auth.codec.ts';
import { toTopicReply } from '../alibaba/http/uplink.codec.ts';
import {
  AUTH_CODES,
  ENOS_FAULTS,
  ENOS_UPLINK_REFUSALS,
  toEnosError,
} from '../enos/http/enos-answers.ts';
import { toSessionReply } from '../enos/http/auth.codec.ts';
import { toEnosUplinkReply } from '../enos/http/uplink.codec.ts';
import {
  DEVICE_AUTH_CODES,
  HUAWEI_FAULTS,
  HUAWEI_UPLINK_REFUSALS,
  toHuaweiError,
} from '../huawei/http/huawei-answers.ts';
import { toAccessTokenReply } from '../huawei/http/device-auth.codec.ts';
import type { RefusalReason } from '../refusals/refusal-reasons.ts';
import type {
  DeviceRequest,
  HttpAnswerText,
  HttpFault,
  HttpRoute,
} from './device-request.types.ts';
import type { UplinkRefusal } from './uplink-refusals.ts';

export type LoginRoute = Extract<DeviceRequest, { readonly kind: 'login' }>['route'];
export type UplinkRoute = Extract<DeviceRequest, { readonly kind: 'uplink' }>['route'];
/** Routes on which a device says who it is. */
export type ClaimRoute = LoginRoute | 'alibaba-register' | 'alibaba-guide';

const ok = (body: string): HttpAnswerText => ({ status: 200, body });

/** No vendor's path. It tells nothing of what is served. */
export const NO_SUCH_PATH: HttpAnswerText = {
  status: 404,
  body: JSON.stringify({ code: 404, message: 'not found' }),
};

const REFUSED: Readonly<Record<ClaimRoute, (reason: RefusalReason) => HttpAnswerText>> = {
  'alibaba-register': (reason) => toAlibabaError(REGISTRATION_CODES[reason]),
  'alibaba-auth': (reason) => toAlibabaError(TOKEN_CODES[reason]),
  'alibaba-guide': (reason) => toAlibabaError(GUIDE_CODES[reason]),
  'enos-auth': (reason) => toEnosError(AUTH_CODES[reason], null),
  'huawei-auth': (reason) => toHuaweiError(DEVICE_AUTH_CODES[reason]),
};

/** The tables of README.md. */
export const toHttpRefusal = (route: ClaimRoute, reason: RefusalReason): HttpAnswerText =>
  REFUSED[route](reason);

const FAULTY: Readonly<Record<HttpRoute, (fault: HttpFault) => HttpAnswerText>> = {
  'alibaba-register': (fault) => toAlibabaError(FORM_FAULTS[fault]),
  'alibaba-guide': (fault) => toAlibabaError(FORM_FAULTS[fault]),
  'alibaba-auth': (fault) => toAlibabaError(TOKEN_FAULTS[fault]),
  'alibaba-topic': (fault) => toAlibabaError(TOKEN_FAULTS[fault]),
  'enos-auth': (fault) => toEnosError(ENOS_FAULTS[fault], null),
  'enos-topic': (fault) => toEnosError(ENOS_FAULTS[fault], null),
  'huawei-auth': (fault) => toHuaweiError(HUAWEI_FAULTS[fault]),
  'huawei-up': (fault) => toHuaweiError(HUAWEI_FAULTS[fault]),
};

/** The vendor's code; where the framing itself was wrong, behind the status 400. */
export function toHttpFault(route: HttpRoute, fault: HttpFault): HttpAnswerText {
  const answer = FAULTY[route](fault);
  return fault === 'broken' ? { ...answer, status: 400 } : answer;
}

const ADMITTED: Readonly<Record<LoginRoute, (token: string) => string>> = {
  'alibaba-auth': toTokenReply,
  'enos-auth': toSessionReply,
  'huawei-auth': toAccessTokenReply,
};

export const toLoginAnswer = (route: LoginRoute, token: string): HttpAnswerText =>
  ok(ADMITTED[route](token));

const NOT_TAKEN: Readonly<
  Record<UplinkRoute, (why: UplinkRefusal, id: string | null) => HttpAnswerText>
> = {
  'alibaba-topic': (why) => toAlibabaError(TOPIC_REFUSALS[why]),
  'enos-topic': (why, id) => toEnosError(ENOS_UPLINK_REFUSALS[why], id),
  'huawei-up': (why) => toHuaweiError(HUAWEI_UPLINK_REFUSALS[why]),
};

export const toUplinkRefusal = (
  route: UplinkRoute,
  why: UplinkRefusal,
  id: string | null,
): HttpAnswerText => NOT_TAKEN[route](why, id);

const TAKEN: Readonly<Record<UplinkRoute, (id: string | null, messageId: number) => string>> = {
  'alibaba-topic': (_id, messageId) => toTopicReply(messageId),
  'enos-topic': (id) => toEnosUplinkReply(id),
  'huawei-up': () => '{}',
};

/** The bus has the message. */
export const toUplinkAnswer = (
  route: UplinkRoute,
  id: string | null,
  messageId: number,
): HttpAnswerText => ok(TAKEN[route](id, messageId));

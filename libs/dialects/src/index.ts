export { parsePskIdentity, toPskKey, type PskIdentity } from './alibaba/psk-identity.codec.ts';
export { REGISTER_TOPIC, toRegisterReply } from './alibaba/register-reply.codec.ts';
export { REGNWL_TOPIC, toRegnwlReply, type UnitGrant } from './alibaba/regnwl-reply.codec.ts';
export type {
  Claim,
  ClockCheck,
  DialectName,
  HashAlgorithm,
  MalformedReason,
  ParsedConnect,
  ProofCandidate,
  SecretDelivery,
  WireConnect,
} from './connect/claim.types.ts';
export { isBoundedClientId } from './connect/client-id-limits.ts';
export { keepAliveFits } from './connect/keep-alive.ts';
export { parseClaims } from './connect/parse-claims.ts';
export { isEnosActivated, toEnosActivation } from './enos/enos-activation.codec.ts';
export { bootstrapDownTopic, bootstrapUpTopic, toBootstrapDown } from './huawei/bootstrap.codec.ts';
export { isHourNow, toHour } from './huawei/hour.codec.ts';
export type { DialectMessage } from './messages/dialect-message.ts';
export { connackOf, type ConnackCode } from './refusals/connack.ts';
export { REFUSAL_REASONS, type RefusalReason } from './refusals/refusal-reasons.ts';
export { fetchTopicsOf, type FetchDelivery } from './topics/fetch-topics.ts';
export { topicPolicyOf } from './topics/topic-policy.ts';
export type { DeviceNames, TopicPolicy } from './topics/topic-policy.types.ts';
export {
  HTTP_FAULTS,
  HTTP_ROUTES,
  type DeviceRequest,
  type HttpAnswerText,
  type HttpFault,
  type HttpRoute,
  type TokenTerms,
  type WireRequest,
} from './http/device-request.types.ts';
export {
  NO_SUCH_PATH,
  toHttpFault,
  toHttpRefusal,
  toLoginAnswer,
  toUplinkAnswer,
  toUplinkRefusal,
  type ClaimRoute,
  type LoginRoute,
  type UplinkRoute,
} from './http/http-answers.ts';
export { readDeviceRequest } from './http/read-device-request.ts';
export { UPLINK_REFUSALS, type UplinkRefusal } from './http/uplink-refusals.ts';
export { toGuideReply } from './alibaba/http/guide.codec.ts';
export { toRegistrationReply } from './alibaba/http/registration.codec.ts';

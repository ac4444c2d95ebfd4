export { isAlibabaKeepAlive } from './alibaba/alibaba-keep-alive.ts';
export {
  REGNWL_TOPIC,
  toRegnwlReply,
  type DialectMessage,
  type UnitGrant,
} from './alibaba/regnwl-reply.codec.ts';
export type {
  Claim,
  DialectName,
  HashAlgorithm,
  MalformedReason,
  ParsedConnect,
  ProofCandidate,
  WireConnect,
} from './connect/claim.types.ts';
export { isBoundedClientId } from './connect/client-id-limits.ts';
export { parseClaims } from './connect/parse-claims.ts';
export { connackOf, type ConnackCode } from './refusals/connack.ts';
export { REFUSAL_REASONS, type RefusalReason } from './refusals/refusal-reasons.ts';
export { FETCH_ONLY_TOPICS, topicPolicyOf, type TopicPolicy } from './topics/topic-policy.ts';

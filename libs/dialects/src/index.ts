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
export { parseConnect } from './connect/parse-connect.ts';
export {
  connackOf,
  REFUSAL_REASONS,
  type ConnackCode,
  type RefusalReason,
} from './refusals/connack.ts';
export { FETCH_ONLY_TOPICS, topicPolicyOf, type TopicPolicy } from './topics/topic-policy.ts';

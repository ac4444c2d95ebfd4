import { REGISTER_TOPIC } from '../alibaba/register-reply.codec.ts';
import { REGNWL_TOPIC } from '../alibaba/regnwl-reply.codec.ts';
import type { SecretDelivery } from '../connect/claim.types.ts';
import { enosActivationRoot } from '../enos/enos-activation.codec.ts';
import { bootstrapRoot, bootstrapUpTopic } from '../huawei/bootstrap.codec.ts';
import type { DeviceNames, TopicPolicy } from './topic-policy.types.ts';

/** What a session fetches that fetches alone; an HTTP request has no session. */
export type FetchDelivery = Exclude<SecretDelivery, 'http'> | 'regnwl';

const nothing = (): boolean => false;

/**
 * The vendor's document names `/ext/register` for both ways to register, its SDKs match on
 * `/ext/regnwl`.
 */
const ALIBABA: TopicPolicy = {
  mayPublish: nothing,
  maySubscribe: (filter) => filter === REGISTER_TOPIC || filter === REGNWL_TOPIC,
};

/** `info` and `info_reply`, and the wildcards that cover no more than what lies beside them. */
function enosFetch(names: DeviceNames): TopicPolicy {
  const root = enosActivationRoot(names);
  return {
    mayPublish: (topic) => topic === `${root}info_reply`,
    maySubscribe: (filter) => filter.startsWith(root),
  };
}

/**
 * The Python SDK reports a log at every connect, on `events/up`: a session that ends on it would
 * never fetch.
 */
function bootstrap({ deviceId }: DeviceNames): TopicPolicy {
  const root = bootstrapRoot(deviceId);
  const said = new Set([bootstrapUpTopic(deviceId), `$oc/devices/${deviceId}/sys/events/up`]);
  return {
    mayPublish: (topic) => said.has(topic),
    maySubscribe: (filter) => filter.startsWith(root),
  };
}

const POLICIES: Readonly<Record<FetchDelivery, (names: DeviceNames) => TopicPolicy>> = {
  enos: enosFetch,
  register: () => ALIBABA,
  regnwl: () => ALIBABA,
  bootstrap,
};

/** What a session that only fetches a secret or a token may touch, and nothing else. */
export function fetchTopicsOf(delivery: FetchDelivery, names: DeviceNames): TopicPolicy {
  return POLICIES[delivery](names);
}

import { alibabaTopics } from '../alibaba/alibaba-topics.ts';
import type { DialectName } from '../connect/claim.types.ts';
import { enosTopics } from '../enos/enos-topics.ts';
import { huaweiTopics } from '../huawei/huawei-topics.ts';
import type { DeviceNames, TopicPolicy } from './topic-policy.types.ts';

const POLICIES: Readonly<Record<DialectName, (names: DeviceNames) => TopicPolicy>> = {
  alibaba: alibabaTopics,
  enos: enosTopics,
  huawei: huaweiTopics,
};

/** A device's own topics and no other's. */
export function topicPolicyOf(dialect: DialectName, names: DeviceNames): TopicPolicy {
  return POLICIES[dialect](names);
}

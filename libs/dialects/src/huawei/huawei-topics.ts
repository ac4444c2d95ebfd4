import type { DeviceNames, TopicPolicy } from '../topics/topic-policy.types.ts';

/** A device's own topics in Huawei's dialect. */
export function huaweiTopics({ deviceId }: DeviceNames): TopicPolicy {
  const root = `$oc/devices/${deviceId}/`;
  const own = (topic: string): boolean => topic.startsWith(root);
  return { mayPublish: own, maySubscribe: own };
}

import type { DeviceNames, TopicPolicy } from '../topics/topic-policy.types.ts';

/**
 * A device's own topics in Huawei's dialect, of version 5 and, as the C SDK still offers them, of
 * version 3. The level that holds the id is literal.
 */
export function huaweiTopics({ deviceId }: DeviceNames): TopicPolicy {
  const roots = [`$oc/devices/${deviceId}/`, `/huawei/v1/devices/${deviceId}/`];
  const own = (topic: string): boolean => roots.some((root) => topic.startsWith(root));
  return { mayPublish: own, maySubscribe: own };
}

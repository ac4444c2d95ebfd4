import type { DeviceNames, TopicPolicy } from '../topics/topic-policy.types.ts';

/** A device's own topics in EnOS's dialect. */
export function enosTopics({ productKey, deviceKey }: DeviceNames): TopicPolicy {
  const roots = [`/sys/${productKey}/${deviceKey}/`, `/ext/session/${productKey}/${deviceKey}/`];
  const own = (topic: string): boolean => roots.some((root) => topic.startsWith(root));
  return { mayPublish: own, maySubscribe: own };
}

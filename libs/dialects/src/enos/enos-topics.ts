import type { DeviceNames, TopicPolicy } from '../topics/topic-policy.types.ts';

/**
 * A device's own topics in EnOS's dialect. The C SDK comes from Alibaba's, and still reports its
 * firmware on `/ota/device/inform/{productKey}/{deviceKey}`.
 */
export function enosTopics({ productKey, deviceKey }: DeviceNames): TopicPolicy {
  const name = `${productKey}/${deviceKey}`;
  const roots = [`/sys/${name}/`, `/ext/session/${name}/`];
  const firmware = new Set(
    ['inform', 'upgrade', 'progress', 'request'].map((what) => `/ota/device/${what}/${name}`),
  );
  const own = (topic: string): boolean =>
    roots.some((root) => topic.startsWith(root)) || firmware.has(topic);
  return { mayPublish: own, maySubscribe: own };
}

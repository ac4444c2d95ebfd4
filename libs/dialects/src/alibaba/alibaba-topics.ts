import type { DeviceNames, TopicPolicy } from '../topics/topic-policy.types.ts';

/**
 * First levels that are the platform's: no product's custom topics may begin so, or a product named
 * `sys` would own another product's topics.
 */
const RESERVED = new Set(['sys', 'ext', 'shadow', 'ota', 'broadcast']);

const hasWildcard = (level: string): boolean => level === '+' || level === '#';

/**
 * `/ext/rrpc/{messageId}/{topic}` carries one of the device's topics; the id may be a `+`, and the
 * topic may keep its leading slash.
 */
function rrpcTopic(topic: string): string | null {
  const [, , , , ...rest] = topic.split('/');
  if (!topic.startsWith('/ext/rrpc/') || rest.length === 0) return null;
  return `/${(rest[0] === '' ? rest.slice(1) : rest).join('/')}`;
}

/**
 * A device's own subtree in Alibaba's dialect: the levels that hold the two names are literal, so
 * wildcards can only stand below (or, in RRPC, for the message id).
 */
function isAlibabaOwn(topic: string, productKey: string, deviceKey: string): boolean {
  const name = `${productKey}/${deviceKey}`;
  if (topic.startsWith(`/sys/${name}/`)) return true;
  if (!RESERVED.has(productKey) && topic.startsWith(`/${name}/`)) return true;
  return isBelowPlatformTopic(topic, productKey, deviceKey);
}

/** `/ota/device/{x}/{pk}/{dk}`, `/shadow/{x}/{pk}/{dk}`, `/ext/{x}/{pk}/{dk}[/…]`. */
function isBelowPlatformTopic(topic: string, productKey: string, deviceKey: string): boolean {
  const [, first, second = '+', third = '+'] = topic.split('/');
  const name = `${productKey}/${deviceKey}`;
  if (first === 'ota') return !hasWildcard(third) && topic === `/ota/device/${third}/${name}`;
  if (hasWildcard(second)) return false;
  if (first === 'shadow') return topic === `/shadow/${second}/${name}`;
  // In RRPC a message id stands where the product key does elsewhere.
  if (second === 'rrpc') return isRrpcOwn(topic, productKey, deviceKey);
  return `${topic}/`.startsWith(`/ext/${second}/${name}/`);
}

/** The topic inside is the device's own or, as iotkit 3 answers services, a system topic of it. */
function isRrpcOwn(topic: string, productKey: string, deviceKey: string): boolean {
  const inner = rrpcTopic(topic);
  if (inner === null) return false;
  const name = `${productKey}/${deviceKey}`;
  if (inner.startsWith(`/sys/${name}/`)) return true;
  return !RESERVED.has(productKey) && inner.startsWith(`/${name}/`);
}

/** A device's own topics in Alibaba's dialect. */
export function alibabaTopics({ productKey, deviceKey }: DeviceNames): TopicPolicy {
  const own = (topic: string): boolean => isAlibabaOwn(topic, productKey, deviceKey);
  // Broadcasts are the product's: read by its devices, written by the platform alone.
  const broadcast = `/broadcast/${productKey}/`;
  return {
    mayPublish: own,
    maySubscribe: (filter) => own(filter) || filter.startsWith(broadcast),
  };
}

import { REGNWL_TOPIC } from '../alibaba/regnwl-reply.codec.ts';
import type { DialectName } from '../connect/claim.types.ts';

/** What a session may touch. Called with topics and filters that are valid MQTT. */
export interface TopicPolicy {
  readonly mayPublish: (topic: string) => boolean;
  readonly maySubscribe: (filter: string) => boolean;
}

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
  const levels = topic.split('/');
  const [root, first, second = '+', third, fourth] = levels;
  if (root !== '') return false;
  if (first === 'ota')
    return (
      !hasWildcard(third ?? '+') && topic === `/ota/device/${third}/${productKey}/${deviceKey}`
    );
  const named = third === productKey && fourth === deviceKey && !hasWildcard(second);
  if (first === 'shadow') return named && levels.length === 5;
  return first === 'ext' && (named || isRrpcOwn(topic, productKey, deviceKey));
}

function isRrpcOwn(topic: string, productKey: string, deviceKey: string): boolean {
  const inner = rrpcTopic(topic);
  if (inner === null || RESERVED.has(productKey)) return false;
  return inner.startsWith(`/${productKey}/${deviceKey}/`);
}

function alibabaPolicy(productKey: string, deviceKey: string): TopicPolicy {
  const own = (topic: string): boolean => isAlibabaOwn(topic, productKey, deviceKey);
  // Broadcasts are the product's: read by its devices, written by the platform alone.
  const broadcast = `/broadcast/${productKey}/`;
  return {
    mayPublish: own,
    maySubscribe: (filter) => own(filter) || filter.startsWith(broadcast),
  };
}

function enosPolicy(productKey: string, deviceKey: string): TopicPolicy {
  const roots = [`/sys/${productKey}/${deviceKey}/`, `/ext/session/${productKey}/${deviceKey}/`];
  const own = (topic: string): boolean => roots.some((root) => topic.startsWith(root));
  return { mayPublish: own, maySubscribe: own };
}

const nothing = (): boolean => false;

const POLICIES: Readonly<
  Record<DialectName, (productKey: string, deviceKey: string) => TopicPolicy>
> = {
  alibaba: alibabaPolicy,
  enos: enosPolicy,
  huawei: () => ({ mayPublish: nothing, maySubscribe: nothing }),
};

/** A device's own topics and no other's. */
export function topicPolicyOf(
  dialect: DialectName,
  productKey: string,
  deviceKey: string,
): TopicPolicy {
  return POLICIES[dialect](productKey, deviceKey);
}

/** A session that only fetches its token may listen for it, and nothing else. */
export const FETCH_ONLY_TOPICS: TopicPolicy = {
  mayPublish: nothing,
  maySubscribe: (filter) => filter === REGNWL_TOPIC,
};

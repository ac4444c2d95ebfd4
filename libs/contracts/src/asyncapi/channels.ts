import type { JsonObject } from '@tallystick/kernel';
import { TOPIC_DEFINITIONS, TOPICS, type TopicDefinition } from '../bus/topics.ts';

/** The messages of the devices themselves: one topic a tenant. */
export const TELEMETRY = 'telemetry.v1';

export type ChannelName =
  | typeof TOPICS.events
  | typeof TOPICS.state
  | typeof TOPICS.presence
  | typeof TOPICS.decisions
  | typeof TELEMETRY;

const BINDING_VERSION = '0.5.0';
const HOUR_MS = 3_600_000;
const DAYS_7: TopicDefinition['kept'] = { by: 'age', hours: 7 * 24 };

const DESCRIPTIONS: Readonly<Record<ChannelName, string>> = {
  [TOPICS.events]: 'What happened, kept for ever.',
  [TOPICS.state]:
    'The newest state of each device and product (compacted): read it from the start to know all; the value is null when the key is gone.',
  [TOPICS.presence]:
    'Devices online and offline, and each of their sessions; kept for 90 days. Epochs of a device rise. A session that was over before it was heard of has SessionOpened and SessionClosed under epoch 0: it says nothing of presence.',
  [TOPICS.decisions]:
    'Refused connects, counted over 10 s, and allowed ones, sampled; kept for 7 days. An unknown name of a product has the key of the product, an unknown product none. Where there are more names than are told apart, the rest is counted under the key of its product.',
  [TELEMETRY]:
    'What the devices of a tenant publish, byte for byte, kept for 7 days. The topic on which the device published, its dialect and its ClientId are headers. A message is acknowledged to its device when the broker has it; it may come twice.',
};

const PARTITIONING =
  "The partition is murmur2 of the key, as Kafka's own clients have it: all records of one key stand in one partition, in order.";

const READ_COMMITTED =
  'A consumer must read committed records alone (isolation.level=read_committed): what a transaction left unfinished is written too, and was never true.';

function keptAs(kept: TopicDefinition['kept']): JsonObject {
  if (kept.by === 'key')
    return { 'cleanup.policy': ['compact'], 'delete.retention.ms': 24 * HOUR_MS };
  const retention = kept.hours === null ? -1 : kept.hours * HOUR_MS;
  return { 'cleanup.policy': ['delete'], 'retention.ms': retention };
}

function definitionOf(name: ChannelName): TopicDefinition['kept'] {
  if (name === TELEMETRY) return DAYS_7;
  return TOPIC_DEFINITIONS.find((definition) => definition.name === name)?.kept ?? DAYS_7;
}

export interface Installation {
  /** Put before every topic's name. */
  readonly topicPrefix: string;
  readonly partitions: number;
}

function addressOf(name: ChannelName, { topicPrefix }: Installation): string {
  return `${topicPrefix}${name === TELEMETRY ? 'telemetry.{tenant}.v1' : name}`;
}

export function channelObject(
  name: ChannelName,
  messages: readonly string[],
  installation: Installation,
): JsonObject {
  const address = addressOf(name, installation);
  const tenant = {
    description: 'The tenant of the devices',
    default: 'default',
    examples: ['default'],
  };
  return {
    address,
    title: name,
    description: `${DESCRIPTIONS[name]} ${PARTITIONING}`,
    servers: [{ $ref: '#/servers/kafka' }],
    ...(name === TELEMETRY ? { parameters: { tenant } } : {}),
    messages: Object.fromEntries(
      messages.map((message) => [message, { $ref: `#/components/messages/${message}` }]),
    ),
    bindings: {
      kafka: {
        topic: address,
        partitions: installation.partitions,
        topicConfiguration: keptAs(definitionOf(name)),
        bindingVersion: BINDING_VERSION,
      },
    },
  };
}

export function operationObject(name: ChannelName): JsonObject {
  return {
    action: 'send',
    title: `Tell on ${name}`,
    summary: `Tallystick writes ${name}; other applications read it.`,
    description: READ_COMMITTED,
    channel: { $ref: `#/channels/${name}` },
    'x-isolation-level': 'read_committed',
  };
}

/** The key of a message, as its Kafka binding tells it. */
export function keyBinding(description: string, pattern: string, example: string): JsonObject {
  const key = { type: 'string', description, pattern, examples: [example] };
  return { kafka: { key, bindingVersion: BINDING_VERSION } };
}

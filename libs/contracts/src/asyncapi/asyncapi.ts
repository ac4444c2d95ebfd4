import type { JsonObject } from '@tallystick/kernel';
import { TOPICS } from '../bus/topics.ts';
import {
  channelObject,
  operationObject,
  TELEMETRY,
  type ChannelName,
  type Installation,
} from './channels.ts';
import { messageObjects, messagesOf } from './messages.ts';

const CHANNELS: readonly ChannelName[] = [
  ...[TOPICS.events, TOPICS.state, TOPICS.presence, TOPICS.decisions],
  TELEMETRY,
];

const DESCRIPTION = `What Tallystick tells other applications, on Kafka: CloudEvents 1.0 in binary mode (attributes in headers, JSON in the value), and the messages of the devices as they came.

- **Read committed records alone** (\`isolation.level=read_committed\`): events, states and presence are written in transactions.
- **Keys** name what a record is of; all records of one key stand in one partition, in order. Partitions are murmur2 of the key.
- **A record may come twice** after a failure of the reader: \`ce_id\` tells.
- A version of an event may gain optional fields; a new meaning is a new version.
- Without Kafka (the embedded start) the same events come from \`GET /api/v1/events/stream\`.`;

const KAFKA_SERVER: JsonObject = {
  host: '{broker}',
  protocol: 'kafka',
  description: 'The brokers that KAFKA_BROKERS names; with TLS and SASL where they ask for it.',
  variables: { broker: { default: '127.0.0.1:9092', description: 'host:port of a broker' } },
};

/** asyncapi.json: AsyncAPI 3.0, a message named after its event, whose payload is the data. */
export function asyncApiDocument(
  options: Partial<Installation> & { readonly version?: string } = {},
): JsonObject {
  const { version = '1.0.0', topicPrefix = '', partitions = 12 } = options;
  const channels = CHANNELS.map((name): [string, JsonObject] => [
    name,
    channelObject(name, messagesOf(name), { topicPrefix, partitions }),
  ]);
  const operations = CHANNELS.map((name): [string, JsonObject] => [
    `send.${name}`,
    operationObject(name),
  ]);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tallystick',
      version,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    servers: { kafka: KAFKA_SERVER },
    channels: Object.fromEntries(channels),
    operations: Object.fromEntries(operations),
    components: { messages: messageObjects() },
  };
}

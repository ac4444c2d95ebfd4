import type { JsonObject } from '@tallystick/kernel';
import { z } from 'zod';
import { schemaUri } from './bus/cloud-events.ts';
import { TOPICS, type TopicName } from './bus/topics.ts';
import { EVENT_TYPES } from './events/event-types.ts';
import { deviceStateFields } from './http/device.schema.ts';
import { productDocument } from './http/product.schema.ts';

interface Message {
  readonly name: string;
  readonly topic: TopicName;
  readonly payload: z.ZodType;
  /** The value of a key that is gone is null. */
  readonly orNull?: true;
}

const CHANNELS: readonly { readonly topic: TopicName; readonly description: string }[] = [
  { topic: TOPICS.events, description: 'What happened, in order per key, kept for ever.' },
  { topic: TOPICS.state, description: 'The newest state of each key (compacted); null when gone.' },
  { topic: TOPICS.presence, description: 'Devices online and offline, and their sessions.' },
  { topic: TOPICS.decisions, description: 'Refused connects, counted; allowed ones, sampled.' },
];

/** Messages of the state topic; built anew, for the documents' own names belong to openapi.json. */
const STATES: readonly Message[] = [
  {
    name: 'Device',
    topic: TOPICS.state,
    payload: z.strictObject(deviceStateFields),
    orNull: true,
  },
  {
    name: 'Product',
    topic: TOPICS.state,
    payload: z.strictObject(productDocument.shape),
    orNull: true,
  },
];

const MESSAGES: readonly Message[] = [
  ...EVENT_TYPES.map(({ name, topic, public: payload }) => ({ name, topic, payload })),
  ...STATES,
];

function payloadSchema({ name, payload, orNull }: Message): JsonObject {
  // Input mode: additional fields are not forbidden, since a version may gain optional ones. AsyncAPI's own dialect is draft-07.
  const schema = z.toJSONSchema(payload, { target: 'draft-7', io: 'input' });
  const said = Object.entries(schema).filter(([keyword]) => keyword !== '$schema');
  const stated = Object.fromEntries(said) as JsonObject;
  return { $id: schemaUri(name, 1), ...stated, ...(orNull ? { type: ['object', 'null'] } : {}) };
}

const text = { type: 'string' };

function headersSchema(topic: TopicName): JsonObject {
  const place =
    topic === TOPICS.presence
      ? { ce_epoch: text }
      : { ce_stream: text, ce_streamversion: text, ce_globalposition: text };
  const always = {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: text,
    ce_source: text,
    ce_type: text,
    ce_time: { type: 'string', format: 'date-time' },
    ce_dataschema: { type: 'string', format: 'uri' },
    ce_tenantid: text,
    ce_actor: text,
    ce_correlationid: text,
    ce_causationid: text,
    ...(topic === TOPICS.decisions ? {} : place),
  };
  const properties = { ...always, ce_subject: text, ce_traceparent: text };
  return { type: 'object', properties, required: Object.keys(always) };
}

function messageObject(message: Message): JsonObject {
  return {
    name: message.name,
    title: message.name,
    contentType: 'application/json',
    headers: headersSchema(message.topic),
    payload: payloadSchema(message),
  };
}

function channelObject(topic: TopicName, description: string, prefix: string): JsonObject {
  const here = MESSAGES.filter((message) => message.topic === topic);
  const references = here.map(({ name }) => [name, { $ref: `#/components/messages/${name}` }]);
  return {
    address: `${prefix}${topic}`,
    description,
    messages: Object.fromEntries(references) as JsonObject,
  };
}

function operationObject(topic: TopicName): JsonObject {
  return { action: 'send', channel: { $ref: `#/channels/${topic}` } };
}

/** asyncapi.json: AsyncAPI 3.0, a message named after its event, whose payload is the data. `topicPrefix` is the installation's. */
export function asyncApiDocument(
  options: { readonly version?: string; readonly topicPrefix?: string } = {},
): JsonObject {
  const { version = '1.0.0', topicPrefix = '' } = options;
  const channels = CHANNELS.map(({ topic, description }) => [
    topic,
    channelObject(topic, description, topicPrefix),
  ]);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Tallystick',
      version,
      description:
        'CloudEvents 1.0, binary mode, JSON. Records are written in transactions: read committed.',
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(channels) as JsonObject,
    operations: Object.fromEntries(
      CHANNELS.map(({ topic }) => [`send.${topic}`, operationObject(topic)]),
    ) as JsonObject,
    components: {
      messages: Object.fromEntries(
        MESSAGES.map((message) => [message.name, messageObject(message)]),
      ) as JsonObject,
    },
  };
}

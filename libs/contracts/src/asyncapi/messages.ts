import { isJsonObject, type JsonObject } from '@tallystick/kernel';
import { z } from 'zod';
import {
  schemaUri,
  toCloudEventHeaders,
  type EventPlace,
  type SourceApp,
} from '../bus/cloud-events.ts';
import { deviceRecordKey, deviceStream, productRecordKey, productStream } from '../bus/streams.ts';
import { TOPICS } from '../bus/topics.ts';
import { EVENT_TYPES } from '../events/event-types.ts';
import { deviceStateFields } from '../http/device.schema.ts';
import { productDocument } from '../http/product.schema.ts';
import { keyBinding, TELEMETRY, type ChannelName } from './channels.ts';
import { EVENT_EXAMPLES, STATE_EXAMPLES } from './examples.ts';
import { headersSchema, telemetryHeaders } from './headers.ts';
import { PLATFORM_PLACES } from './platform-places.ts';
import { SOME } from './some.ts';

interface Message {
  readonly name: string;
  readonly channel: ChannelName;
  readonly payload: z.ZodType;
  readonly example: JsonObject;
  /** The value of a key that is gone is null. */
  readonly orNull?: true;
}

/** Built here again, because the names of the HTTP documents belong to openapi.json. */
const STATES: readonly Message[] = [
  { name: 'Device', payload: z.strictObject(deviceStateFields), example: STATE_EXAMPLES.Device },
  {
    name: 'Product',
    payload: z.strictObject(productDocument.shape),
    example: STATE_EXAMPLES.Product,
  },
].map((state) => ({ ...state, channel: TOPICS.state, orNull: true }));

const MESSAGES: readonly Message[] = [
  ...EVENT_TYPES.map(({ name, topic, public: payload }) => {
    return { name, channel: topic, payload, example: EVENT_EXAMPLES[name] };
  }),
  ...STATES,
];

export const TELEMETRY_MESSAGE = 'DeviceMessage';

export function messagesOf(channel: ChannelName): readonly string[] {
  if (channel === TELEMETRY) return [TELEMETRY_MESSAGE];
  return MESSAGES.filter((message) => message.channel === channel).map(({ name }) => name);
}

function payloadSchema({ name, payload, orNull }: Message): JsonObject {
  // Input mode: additional fields are not forbidden, since a version may gain optional ones.
  // AsyncAPI's own dialect is draft-07.
  const schema = z.toJSONSchema(payload, { target: 'draft-7', io: 'input' });
  const said = Object.entries(schema).filter(([keyword]) => keyword !== '$schema');
  const stated: unknown = Object.fromEntries(said);
  if (!isJsonObject(stated)) throw new Error(`the schema of ${name} is no object`);
  return { $id: schemaUri(name, 1), ...stated, ...(orNull ? { type: ['object', 'null'] } : {}) };
}

const { tenant, device } = SOME;
const DEVICE_KEY = deviceRecordKey(tenant, device.productKey, device.deviceKey);
const PRODUCT_KEY = productRecordKey(tenant, device.productKey);

const ofDevice = keyBinding(
  '<tenant>/<productKey>/<deviceKey>',
  '^[a-z0-9-]+/[A-Za-z0-9_]+/[A-Za-z0-9._:@-]+$',
  DEVICE_KEY,
);
const ofProduct = keyBinding('<tenant>/<productKey>', '^[a-z0-9-]+/[A-Za-z0-9_]+$', PRODUCT_KEY);
const ofEither = keyBinding(
  '<tenant>/<productKey>/<deviceKey>, or <tenant>/<productKey> where it is of no known device; a refused connect of an unknown product has none',
  '^[a-z0-9-]+/[A-Za-z0-9_]+(/[A-Za-z0-9._:@-]+)?$',
  DEVICE_KEY,
);

function isOfProduct({ name, example }: Message): boolean {
  return name === 'Product' || (!('deviceKey' in example) && 'productKey' in example);
}

/** It concerns the whole installation, so it stands in every partition, whatever its key is. */
const OF_STORE = 'StoreRestored';
const ofStore = keyBinding('//store, in every partition', '^//store$', '//store');

function isOfDevice({ name, example }: Message): boolean {
  return name === 'Device' || 'deviceKey' in example;
}

function bindingOf(message: Message): JsonObject {
  if (message.name === OF_STORE) return ofStore;
  const platform = PLATFORM_PLACES.get(message.name);
  if (platform !== undefined) return platform.key;
  if (message.name === 'SecretRead' || message.channel === TOPICS.decisions) return ofEither;
  return isOfProduct(message) ? ofProduct : ofDevice;
}

const APPS: Readonly<Record<Exclude<ChannelName, typeof TELEMETRY>, SourceApp>> = {
  [TOPICS.events]: 'registry',
  [TOPICS.state]: 'registry',
  [TOPICS.presence]: 'session-tracker',
  [TOPICS.decisions]: 'auth-gateway',
};

/** It stands in no stream. */
function isPlaceless({ name, channel }: Message): boolean {
  return channel === TOPICS.decisions || name === OF_STORE;
}

function placeOf(message: Message): EventPlace {
  if (message.channel === TOPICS.presence) return { in: 'sessions', epoch: 7 };
  if (isPlaceless(message)) return { in: 'none' };
  const { productKey, deviceKey } = device;
  const platform = PLATFORM_PLACES.get(message.name);
  if (platform !== undefined)
    return { in: 'stream', stream: platform.stream, revision: 1, position: 1_207 };
  const stream = isOfProduct(message)
    ? productStream(productKey)
    : deviceStream(tenant, productKey, deviceKey);
  return { in: 'stream', stream, revision: 3, position: 1_207 };
}

function exampleOf(message: Message): JsonObject {
  const headers = toCloudEventHeaders({
    app: message.channel === TELEMETRY ? 'auth-gateway' : APPS[message.channel],
    ...{ id: SOME.eventId, type: message.name, schemaVersion: 1, time: Date.parse(SOME.now) },
    ...{ tenant, subject: isOfDevice(message) ? device.deviceId : null, actor: 'token:admin' },
    ...{ correlationId: SOME.callId, causationId: SOME.callId, place: placeOf(message) },
  });
  return { name: `a ${message.name}`, headers, payload: message.example };
}

function messageObject(message: Message): JsonObject {
  return {
    ...{ name: message.name, title: message.name, contentType: 'application/json' },
    headers: headersSchema(message.channel, isPlaceless(message)),
    payload: payloadSchema(message),
    bindings: bindingOf(message),
    examples: [exampleOf(message)],
  };
}

const telemetryMessage: JsonObject = {
  name: TELEMETRY_MESSAGE,
  title: 'What a device published',
  contentType: 'application/octet-stream',
  headers: telemetryHeaders,
  payload: { description: 'The payload as the device sent it, in whatever form that is.' },
  bindings: ofDevice,
  examples: [
    {
      name: 'a report of a property',
      headers: {
        topic: `/sys/${device.productKey}/${device.deviceKey}/thing/event/property/post`,
        ...{ dialect: 'alibaba', clientid: device.deviceKey },
      },
      payload: { id: '1', version: '1.0', params: { temperature: 71.5 } },
    },
  ],
};

/** Every message by its name: an event's is the event's, and its payload is the data. */
export function messageObjects(): JsonObject {
  const named = MESSAGES.map((message) => [message.name, messageObject(message)] as const);
  return Object.fromEntries([...named, [TELEMETRY_MESSAGE, telemetryMessage]]);
}

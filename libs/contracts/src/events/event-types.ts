import { z } from 'zod';
import { keysOf } from '@tallystick/kernel';
import { TOPICS } from '../bus/topics.ts';
import { devicePublic, deviceStored } from './device.schema.ts';
import { platformPublic, platformStored } from './platform.schema.ts';
import { decisionsPublic, presencePublic } from './presence.schema.ts';
import { productPublic, productStored } from './product.schema.ts';
import { unitsPublic, unitsStored } from './units.schema.ts';

/** The one event that both kinds of stream have; in a device's stream it also names the device. */
const SecretRead = z.union([deviceStored.SecretRead, productStored.SecretRead]);

export const STORED_SCHEMAS = {
  ...productStored,
  ...deviceStored,
  ...unitsStored,
  SecretRead,
  ...platformStored,
};

const PUBLIC_SCHEMAS = {
  ...productPublic,
  ...devicePublic,
  ...unitsPublic,
  SecretRead,
  ...presencePublic,
  ...decisionsPublic,
  ...platformPublic,
};

export type StoredEventTypeName = keyof typeof STORED_SCHEMAS;
export type EventTypeName = keyof typeof PUBLIC_SCHEMAS;

type EventTopic = typeof TOPICS.presence | typeof TOPICS.decisions | typeof TOPICS.events;

export interface EventDefinition {
  readonly name: EventTypeName;
  /** The newest version, which writers write. */
  readonly schemaVersion: number;
  /** The topic on which the event is public. */
  readonly topic: EventTopic;
  /** Its data in the event store; null: it never stands there. */
  readonly stored: z.ZodType | null;
  /** Its data on Kafka: no secret's id, no token's hash. */
  readonly public: z.ZodType;
}

function topicOf(name: string): EventTopic {
  if (Object.hasOwn(presencePublic, name)) return TOPICS.presence;
  return Object.hasOwn(decisionsPublic, name) ? TOPICS.decisions : TOPICS.events;
}

export function isStoredEventType(type: string): type is StoredEventTypeName {
  return Object.hasOwn(STORED_SCHEMAS, type);
}

/** Every event type of the platform, once. Schemas, AsyncAPI and upcasts all start here. */
export const EVENT_TYPES: readonly EventDefinition[] = keysOf(PUBLIC_SCHEMAS).map((name) => ({
  name,
  schemaVersion: 1,
  topic: topicOf(name),
  stored: isStoredEventType(name) ? STORED_SCHEMAS[name] : null,
  public: PUBLIC_SCHEMAS[name],
}));

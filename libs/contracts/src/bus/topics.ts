import { isJsonObject, type JsonObject } from '@tallystick/kernel';

/**
 * Topic names, without the installation's prefix. Those that begin with `identity.` are public
 * (libs/README.md, What others rely on).
 */
export const TOPICS = {
  events: 'identity.events.v1',
  state: 'identity.state.v1',
  presence: 'identity.presence.v1',
  decisions: 'identity.decisions.v1',
  credentials: 'internal.credentials.v1',
  restrictions: 'internal.restrictions.v1',
  sessions: 'internal.sessions.v1',
  tracker: 'internal.tracker.v1',
  gateways: 'internal.gateways.v1',
  commands: 'internal.commands.v1',
  explain: 'internal.explain.v1',
} as const;

export type TopicName = (typeof TOPICS)[keyof typeof TOPICS];

export interface TopicDefinition {
  readonly name: TopicName;
  readonly partitions: 'default' | number;
  readonly kept: { readonly by: 'key' } | { readonly by: 'age'; readonly hours: number | null };
  /**
   * A record's time is when it reached the log: staleness, leases and the order of sessions are
   * judged in it (libs/README.md, rule 12).
   */
  readonly stampedBy?: 'log';
}

const LOG_TIME = { stampedBy: 'log' } as const;

/**
 * gateways and commands have one partition: their order is a clock (session-tracker) and they are
 * small.
 */
export const TOPIC_DEFINITIONS: readonly TopicDefinition[] = [
  { name: TOPICS.events, partitions: 'default', kept: { by: 'age', hours: null } },
  { name: TOPICS.state, partitions: 'default', kept: { by: 'key' } },
  { name: TOPICS.presence, partitions: 'default', kept: { by: 'age', hours: 90 * 24 } },
  { name: TOPICS.decisions, partitions: 'default', kept: { by: 'age', hours: 7 * 24 } },
  { ...LOG_TIME, name: TOPICS.credentials, partitions: 'default', kept: { by: 'key' } },
  { ...LOG_TIME, name: TOPICS.restrictions, partitions: 'default', kept: { by: 'age', hours: 24 } },
  { ...LOG_TIME, name: TOPICS.sessions, partitions: 'default', kept: { by: 'age', hours: 7 * 24 } },
  { ...LOG_TIME, name: TOPICS.tracker, partitions: 'default', kept: { by: 'key' } },
  { ...LOG_TIME, name: TOPICS.gateways, partitions: 1, kept: { by: 'age', hours: 24 } },
  { ...LOG_TIME, name: TOPICS.explain, partitions: 'default', kept: { by: 'age', hours: 7 * 24 } },
  { ...LOG_TIME, name: TOPICS.commands, partitions: 1, kept: { by: 'age', hours: 24 } },
];

export interface TelemetryTopic {
  readonly name: string;
  readonly partitions: 'default';
  readonly kept: { readonly by: 'age'; readonly hours: number };
}

/** Where the messages of a tenant's devices stand, as they came. */
export function telemetryTopic(tenant: string): TelemetryTopic {
  const kept = { by: 'age', hours: 7 * 24 } as const;
  return { name: `telemetry.${tenant}.v1`, partitions: 'default', kept };
}

const utf8 = new TextEncoder();
const text = new TextDecoder();

export function encodeJson(value: object): Uint8Array {
  return utf8.encode(JSON.stringify(value));
}

/** The object in a record's value; null if it is none. */
export function decodeJson(value: Uint8Array): JsonObject | null {
  try {
    const parsed: unknown = JSON.parse(text.decode(value));
    return isJsonObject(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

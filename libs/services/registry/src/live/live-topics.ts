import { telemetryTopic, toStructured, TOPICS, type TelemetryTopic } from '@tallystick/contracts';
import { isPortError, toRfc3339, type JsonObject } from '@tallystick/kernel';
import type { DeliveredRecord, EventBus } from '@tallystick/ports';
import { invalidField, ProblemError } from '../http/problem.ts';

const PUBLIC_TOPICS: readonly string[] = [
  TOPICS.events,
  TOPICS.state,
  TOPICS.presence,
  TOPICS.decisions,
];

/** What the devices of the tenant that asks publish, by a name that no tenant stands in. */
const TELEMETRY = 'telemetry';

/** The topic that is meant; left out: the events. */
export function parseLiveTopic(topic: string | undefined, tenant: string): string {
  const name = topic ?? TOPICS.events;
  const telemetry = telemetryTopic(tenant).name;
  if (name === TELEMETRY || name === telemetry) return telemetry;
  if (PUBLIC_TOPICS.includes(name)) return name;
  throw invalidField('topic', `expected one of ${[...PUBLIC_TOPICS, TELEMETRY].join(', ')}`);
}

/**
 * The first message of a tenant's devices makes its topic: whoever follows before that makes it as
 * well.
 */
export async function reachTopic(
  bus: Pick<EventBus, 'ensureTopics'>,
  tenant: string,
  topic: string,
): Promise<void> {
  const telemetry: TelemetryTopic = telemetryTopic(tenant);
  if (topic !== telemetry.name) return;
  try {
    await bus.ensureTopics([telemetry]);
  } catch (error) {
    if (isPortError(error) && error.retriable) throw new ProblemError('bus-unavailable');
    throw error;
  }
}

/**
 * JSON as it is; whatever else a device sends as base64 (CloudEvents JSON format 1.0, section
 * 3.1.1).
 */
function dataOf(value: Uint8Array): JsonObject {
  const bytes = Buffer.from(value);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { datacontenttype: 'application/json', data: JSON.parse(text) as JsonObject };
  } catch {
    return { datacontenttype: 'application/octet-stream', data_base64: bytes.toString('base64') };
  }
}

/** A device's message as a CloudEvent: its headers are attributes of our own. */
function toDeviceMessage(tenant: string, record: DeliveredRecord): JsonObject {
  const { key, headers, partition, offset, timestampMs, value } = record;
  const { topic = '', dialect = '', clientid = '' } = headers;
  return {
    ...{ specversion: '1.0', id: `${partition}-${offset}`, source: '/tallystick/auth-gateway' },
    ...{ type: 'tallystick.DeviceMessage.v1', time: toRfc3339(timestampMs), tenantid: tenant },
    ...{ partitionkey: key ?? '', topic, dialect, clientid },
    ...dataOf(value ?? new Uint8Array()),
  };
}

/** Structured JSON; null: no event. */
export function toCloudEvent(tenant: string, record: DeliveredRecord): JsonObject | null {
  return record.topic === telemetryTopic(tenant).name
    ? toDeviceMessage(tenant, record)
    : toStructured(record);
}

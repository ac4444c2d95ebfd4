import { decodeJson, type PresenceEvent } from '@tallystick/contracts';
import { isKeyOf, parseRfc3339, type EpochMs, type JsonObject } from '@tallystick/kernel';
import type { DeliveredRecord } from '@tallystick/ports';
import { boundedText } from '../stores/sql/bounded-text.ts';

type EventType = PresenceEvent['type'];
type SessionData = Extract<PresenceEvent, { type: 'DeviceOnline' }>['data'];

/** A record of identity.presence.v1 as the view needs it. */
export interface PresenceRecord {
  /** `<tenant>/<productKey>/<deviceKey>` */
  readonly key: string;
  readonly offset: number;
  readonly type: EventType;
  readonly time: EpochMs;
  readonly actor: string;
  readonly causationId: string;
  readonly data: SessionData;
  /** As it came, for the timeline. */
  readonly document: JsonObject;
  /** A text of it could not be stored as it is, and stands in a bounded form. */
  readonly bounded: boolean;
}

const TYPES: Readonly<Record<EventType, true>> = {
  DeviceOnline: true,
  DeviceOffline: true,
  SessionOpened: true,
  SessionClosed: true,
  SessionTakenOver: true,
};
const TEXTS = ['deviceId', 'sessionId', 'clientId', 'gatewayId', 'transport', 'dialect'];
const NUMBERS = ['generation', 'epoch'];

function isSessionData(data: JsonObject): data is JsonObject & SessionData {
  return (
    TEXTS.every((field) => typeof data[field] === 'string') &&
    NUMBERS.every((field) => typeof data[field] === 'number')
  );
}

function typeOf(headers: DeliveredRecord['headers']): EventType | null {
  const name = /^tallystick\.(\w+)\.v1$/.exec(headers['ce_type'] ?? '')?.[1] ?? '';
  return isKeyOf(TYPES, name) ? name : null;
}

function boundFields(document: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(document).map(([field, value]) => [
      field,
      typeof value === 'string' ? boundedText(value) : value,
    ]),
  );
}

function isChanged(before: JsonObject, after: JsonObject): boolean {
  return Object.keys(before).some((field) => before[field] !== after[field]);
}

/** null: nothing that this release knows; the reader goes on past it. */
export function parsePresenceRecord(record: DeliveredRecord): PresenceRecord | null {
  const { value, headers, offset, timestampMs } = record;
  const type = typeOf(headers);
  const read = value === null ? null : decodeJson(value);
  if (record.key === null || type === null || read === null) return null;
  const document = boundFields(read);
  if (!isSessionData(document)) return null;
  const key = boundedText(record.key);
  return {
    ...{ key, offset, type, document },
    time: parseRfc3339(headers['ce_time'] ?? '') ?? timestampMs,
    actor: headers['ce_actor'] ?? 'session-tracker',
    causationId: headers['ce_causationid'] ?? '',
    data: document,
    bounded: key !== record.key || isChanged(read, document),
  };
}

export function textOf(document: JsonObject, field: string): string {
  const value = document[field];
  return typeof value === 'string' ? value : '';
}

import { decodeJson, type PresenceEvent } from '@tallystick/contracts';
import { parseRfc3339, type EpochMs, type JsonObject } from '@tallystick/kernel';
import type { DeliveredRecord } from '@tallystick/ports';

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

function isSessionData(data: JsonObject): boolean {
  return (
    TEXTS.every((field) => typeof data[field] === 'string') &&
    NUMBERS.every((field) => typeof data[field] === 'number')
  );
}

function typeOf(headers: DeliveredRecord['headers']): EventType | null {
  const name = /^tallystick\.(\w+)\.v1$/.exec(headers['ce_type'] ?? '')?.[1] ?? '';
  return Object.hasOwn(TYPES, name) ? (name as EventType) : null;
}

/** null: nothing that this release knows; the reader goes on past it. */
export function parsePresenceRecord(record: DeliveredRecord): PresenceRecord | null {
  const { key, value, headers, offset, timestampMs } = record;
  const type = typeOf(headers);
  const document = value === null ? null : decodeJson(value);
  if (key === null || type === null || document === null || !isSessionData(document)) return null;
  return {
    key,
    offset,
    type,
    time: parseRfc3339(headers['ce_time'] ?? '') ?? timestampMs,
    actor: headers['ce_actor'] ?? 'session-tracker',
    causationId: headers['ce_causationid'] ?? '',
    data: document as unknown as SessionData,
    document,
  };
}

export function textOf(document: JsonObject, field: string): string {
  const value = document[field];
  return typeof value === 'string' ? value : '';
}

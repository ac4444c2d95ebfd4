import { decodeJson, encodeJson, TOPICS } from '@tallystick/contracts';
import { initialSessions, type DeviceSessions, type GatewayStanding } from '@tallystick/domain';
import type { JsonObject } from '@tallystick/kernel';
import type { BusRecord, DeliveredRecord } from '@tallystick/ports';

/*
 * internal.tracker.v1, compacted, one partition for each of internal.sessions.v1:
 *   device/<tenant>/<productKey>/<deviceKey> DeviceSessions (never deleted: epochs are not
 *     reused)
 *   gateway/<gatewayId>                        GatewayStanding
 *   offset                                     {nextOffset}: the input up to it is in this log
 *   marker {id}: an owner has begun; all of its predecessors' records stand before it
 */
const DEVICE = 'device/';
const GATEWAY = 'gateway/';
const OFFSET = 'offset';
const MARKER = 'marker';

export type ChangelogEntry =
  | { readonly kind: 'device'; readonly key: string; readonly device: DeviceSessions }
  | { readonly kind: 'gateway'; readonly gatewayId: string; readonly standing: GatewayStanding }
  | { readonly kind: 'offset'; readonly nextOffset: number }
  | { readonly kind: 'marker'; readonly id: string };

export function toChangelogRecord(partition: number, entry: ChangelogEntry): BusRecord {
  const record = (key: string, value: object): BusRecord => ({
    topic: TOPICS.tracker,
    partition,
    key,
    value: encodeJson(value),
    headers: {},
  });
  switch (entry.kind) {
    case 'device':
      return record(DEVICE + entry.key, entry.device);
    case 'gateway':
      return record(GATEWAY + entry.gatewayId, entry.standing);
    case 'offset':
      return record(OFFSET, { nextOffset: entry.nextOffset });
    case 'marker':
      return record(MARKER, { id: entry.id });
  }
}

/**
 * Replaces the entry of a device that is larger than the bus takes: its sessions are dropped, but
 * not its epoch, which is never used again. null: the record is no device's entry.
 */
export function boundedRecord(partition: number, record: BusRecord): BusRecord | null {
  const { topic, key, value } = record;
  if (topic !== TOPICS.tracker || !(value instanceof Uint8Array)) return null;
  const entry = parseChangelogRecord({ key, value });
  if (entry?.kind !== 'device') return null;
  const { epoch, generation, forgotten } = entry.device;
  const device = { ...initialSessions, epoch, generation, forgotten };
  return toChangelogRecord(partition, { kind: 'device', key: entry.key, device });
}

/** null: not a record of ours, or of a later version: passed over. */
export function parseChangelogRecord(
  record: Pick<DeliveredRecord, 'key' | 'value'>,
): ChangelogEntry | null {
  const { key } = record;
  const value = record.value === null ? null : decodeJson(record.value);
  if (key === null || value === null) return null;
  if (key.startsWith(DEVICE)) return parseDevice(key.slice(DEVICE.length), value);
  if (key.startsWith(GATEWAY)) return parseGateway(key.slice(GATEWAY.length), value);
  const { nextOffset, id } = value;
  if (key === OFFSET && typeof nextOffset === 'number') return { kind: 'offset', nextOffset };
  return key === MARKER && typeof id === 'string' ? { kind: 'marker', id } : null;
}

function parseDevice(key: string, value: JsonObject): ChangelogEntry | null {
  if (typeof value['epoch'] !== 'number' || !Array.isArray(value['live'])) return null;
  // An earlier release wrote neither the forgotten sessions nor the incarnation that reported a
  // session.
  const device = { forgotten: [], ...value } as unknown as DeviceSessions;
  return { kind: 'device', key, device };
}

function parseGateway(gatewayId: string, value: JsonObject): ChangelogEntry | null {
  if (typeof value['incarnation'] !== 'string') return null;
  return { kind: 'gateway', gatewayId, standing: value as unknown as GatewayStanding };
}

import { encodeJson, type PresenceEvent } from '@tallystick/contracts';
import { toRfc3339, type JsonObject } from '@tallystick/kernel';
import type { DeliveredRecord } from '@tallystick/ports';

const START = Date.parse('2026-01-02T00:00:00.000Z');

export interface SomeSession {
  readonly deviceKey: string;
  readonly epoch: number;
  readonly clientId?: string;
  readonly sessionId?: string;
  readonly generation?: number;
  readonly dialect?: string;
  readonly transport?: string;
}

/**
 * Records of identity.presence.v1, in one partition, offset after offset and second after second.
 */
export class PresenceRecords {
  #offset = 0;
  readonly all: DeliveredRecord[] = [];

  get nextOffset(): number {
    return this.#offset;
  }

  say(type: PresenceEvent['type'], session: SomeSession, more: JsonObject = {}): DeliveredRecord {
    const offset = this.#offset;
    this.#offset += 1;
    const time = START + offset * 1_000;
    const { deviceKey, epoch, generation = 1, clientId = 'c1', dialect = 'alibaba' } = session;
    const data = {
      deviceId: `id-${deviceKey}`,
      productKey: 'p1',
      deviceKey,
      generation,
      epoch,
      sessionId: session.sessionId ?? `${deviceKey}-s${epoch}`,
      clientId,
      gatewayId: 'g1',
      transport: session.transport ?? 'tcp',
      dialect,
      ...more,
    };
    const record = {
      topic: 'identity.presence.v1',
      partition: 0,
      offset,
      timestampMs: time,
      key: `default/p1/${deviceKey}`,
      value: encodeJson(data),
      headers: {
        ce_type: `tallystick.${type}.v1`,
        ce_time: toRfc3339(time),
        ce_epoch: String(epoch),
        ce_causationid: 'cause-1',
      },
    };
    this.all.push(record);
    return record;
  }

  opened(session: SomeSession): DeliveredRecord {
    const openedAt = toRfc3339(START + this.#offset * 1_000);
    return this.say('SessionOpened', session, { openedAt, remoteAddress: '10.0.0.1:4711' });
  }

  closed(session: SomeSession, reason = 'client'): DeliveredRecord {
    const closedAt = toRfc3339(START + this.#offset * 1_000);
    return this.say('SessionClosed', session, { reason, closedAt });
  }

  online(session: SomeSession): DeliveredRecord {
    return this.say('DeviceOnline', session);
  }

  offline(session: SomeSession, reason = 'client'): DeliveredRecord {
    return this.say('DeviceOffline', session, { reason });
  }

  /** As the tracker says it of a device with one unit. */
  connects(session: SomeSession): readonly DeliveredRecord[] {
    return [this.opened(session), this.online(session)];
  }

  disconnects(session: SomeSession, reason = 'client'): readonly DeliveredRecord[] {
    return [this.closed(session, reason), this.offline(session, reason)];
  }
}

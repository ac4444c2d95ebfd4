import {
  deviceRecordKey,
  encodeJson,
  toCloudEventHeaders,
  TOPICS,
  type BusCommand,
  type PresenceEvent,
} from '@tallystick/contracts';
import type { PresenceFact } from '@tallystick/domain';
import { assertNever, toRfc3339 } from '@tallystick/kernel';
import type { BusRecord } from '@tallystick/ports';

const APP = 'session-tracker';

function ofSession({ session }: PresenceFact) {
  const { facts, epoch, gatewayId } = session;
  const { deviceId, productKey, deviceKey, generation } = facts;
  const { sessionId, clientId, transport, dialect } = facts;
  return {
    ...{ deviceId, productKey, deviceKey, generation, epoch },
    ...{ sessionId, clientId, gatewayId, transport, dialect },
  };
}

function toEvent(fact: PresenceFact): Pick<PresenceEvent, 'type' | 'data'> {
  const base = ofSession(fact);
  const { remoteAddress, openedAt } = fact.session.facts;
  switch (fact.type) {
    case 'DeviceOnline':
      return { type: fact.type, data: base };
    case 'DeviceOffline':
      return { type: fact.type, data: { ...base, reason: fact.reason } };
    case 'SessionOpened':
      return {
        type: fact.type,
        data: { ...base, remoteAddress, openedAt: toRfc3339(openedAt) },
      };
    case 'SessionClosed':
      return {
        type: fact.type,
        data: { ...base, reason: fact.reason, closedAt: toRfc3339(fact.time) },
      };
    case 'SessionTakenOver':
      return { type: fact.type, data: { ...base, previousSessionId: fact.previousSessionId } };
    default:
      return assertNever(fact);
  }
}

/**
 * The correlation of a session's events is the session; the cause is the input record, or the
 * fence.
 */
export function toPresenceRecord(fact: PresenceFact, id: string, causationId: string): BusRecord {
  const { facts, epoch } = fact.session;
  const { type, data } = toEvent(fact);
  return {
    topic: TOPICS.presence,
    key: deviceRecordKey(facts.tenant, facts.productKey, facts.deviceKey),
    value: encodeJson(data),
    headers: toCloudEventHeaders({
      app: APP,
      id,
      type,
      schemaVersion: 1,
      time: fact.time,
      tenant: facts.tenant,
      subject: facts.deviceId,
      actor: APP,
      correlationId: facts.sessionId,
      causationId,
      place: { in: 'sessions', epoch },
    }),
  };
}

export function toCommandRecord(command: BusCommand): BusRecord {
  const key =
    command.kind === 'conflict-evidence'
      ? deviceRecordKey(command.tenant, command.productKey, command.deviceKey)
      : command.gatewayId;
  return { topic: TOPICS.commands, key, value: encodeJson(command), headers: {} };
}

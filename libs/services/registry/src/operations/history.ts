import type { IdentityHandlers } from '@tallystick/application';
import {
  deviceRecordKey,
  encodeJson,
  toPublicData,
  TOPICS,
  type BusCommand,
  type DeviceDocument,
  type TimelineEntryDocument,
} from '@tallystick/contracts';
import { isPortError, toRfc3339 } from '@tallystick/kernel';
import type { BusPublisher, Clock, EventStore, StoredEvent } from '@tallystick/ports';
import type { Call } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { ExplainLog } from '../live/explain-log.ts';
import type { HistoryOperations } from './operations.types.ts';
import { concerns } from './concerns-unit.ts';
import { settle } from './settle.ts';
import type { LiveSession, RegistryViews } from './views.types.ts';

export interface HistoryOperationsDeps {
  readonly store: EventStore;
  readonly views: RegistryViews;
  readonly explainLog: ExplainLog;
  readonly clock: Clock;
  readonly publish: BusPublisher['publish'];
  readonly once: IdentityHandlers['once'];
  readonly device: IdentityHandlers['loading']['device'];
}

/** The newest so many are shown: a stream grows for ever, an answer must not. */
export const TIMELINE_EVENTS = 1_000;

function toEntry(event: StoredEvent): TimelineEntryDocument {
  return {
    position: event.position,
    type: event.type,
    time: toRfc3339(event.time),
    actor: event.meta.actor,
    causationId: event.meta.causationId,
    data: { ...toPublicData(event.type, event.data) },
  };
}

const byTime = (a: TimelineEntryDocument, b: TimelineEntryDocument): number =>
  a.time < b.time ? -1 : a.time > b.time ? 1 : 0;

async function kick(
  { publish, clock }: HistoryOperationsDeps,
  session: LiveSession,
): Promise<void> {
  const { sessionId, gatewayId } = session;
  const at = clock.now();
  const command: BusCommand = { kind: 'kick', sessionId, gatewayId, reason: 'kicked', at };
  const value = encodeJson(command);
  try {
    await publish([{ topic: TOPICS.commands, key: gatewayId, value, headers: {} }]);
  } catch (error) {
    throw isPortError(error) ? new ProblemError('bus-unavailable') : error;
  }
}

function endSession(deps: HistoryOperationsDeps): HistoryOperations['endSession'] {
  const { store, views, once } = deps;
  return async (call, sessionId) => {
    // A session has no revision that the caller could have seen.
    if (call.ifMatch !== null) throw new ProblemError('stale-revision');
    const end = async (): Promise<number> => {
      const session = await views.liveSession(call.tenant, sessionId);
      if (session === null) throw new ProblemError('session-unknown');
      await kick(deps, session);
      return store.head();
    };
    const written = await settle(
      call,
      (context) => once(end, context),
      () => null,
    );
    return { ...written, revision: null };
  };
}

export function createHistoryOperations(deps: HistoryOperationsDeps): HistoryOperations {
  const { store, views, explainLog, device } = deps;

  const load = async (call: Call, deviceId: string): Promise<DeviceDocument> => {
    const device = await views.findDevice(call.tenant, deviceId);
    if (device === null) throw new ProblemError('device-unknown');
    return device;
  };

  return {
    timeline: async (call, deviceId, clientId) => {
      const { productKey, deviceKey, generation } = await load(call, deviceId);
      const { stream, revision } = await device(call.tenant, productKey, deviceKey);
      const [events, transitions] = await Promise.all([
        store.readStream(stream, Math.max(1, revision - TIMELINE_EVENTS + 1), TIMELINE_EVENTS),
        views.transitions(call.tenant, deviceId),
      ]);
      const own = events.filter((event) => event.data['generation'] === generation).map(toEntry);
      const all = [...own, ...transitions].sort(byTime);
      return { data: clientId === undefined ? all : all.filter(concerns(clientId)) };
    },
    explain: async (call, deviceId, clientId) => {
      const { productKey, deviceKey } = await load(call, deviceId);
      const key = deviceRecordKey(call.tenant, productKey, deviceKey);
      return { data: await explainLog.last(key, clientId) };
    },
    sessions: async (call, deviceId, clientId) => {
      await load(call, deviceId);
      return { data: await views.sessions(call.tenant, deviceId, clientId) };
    },
    endSession: endSession(deps),
  };
}

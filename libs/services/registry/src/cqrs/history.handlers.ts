import { CommandHandler, QueryHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  deviceRecordKey,
  encodeJson,
  toPublicData,
  TOPICS,
  type BusCommand,
  type ExplainEntryDocument,
  type SessionDocument,
  type TimelineEntryDocument,
} from '@tallystick/contracts';
import { isPortError, toRfc3339 } from '@tallystick/kernel';
import type { StoredEvent } from '@tallystick/ports';
import type { FoundSession } from '@tallystick/projections';
import { audited, toAuditEntry } from '../audit/audit-entry.ts';
import type { Written } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { UnitQuery } from '../http/query.schemas.ts';
import { concerns } from './concerns-unit.ts';
import type { OfDevice } from './change.ts';
import { loadDevice } from './devices.handlers.ts';
import { Handler, type HandlerParts } from './handler.ts';
import { type Listing, Read, ReadHandler } from './read.ts';
import { settle, Write } from './write.ts';

/** With a ClientId: what concerns that unit alone. */
type OfUnit = OfDevice & UnitQuery;

export class GetTimeline extends Read<OfUnit, Listing<TimelineEntryDocument>> {}
export class ExplainDevice extends Read<OfUnit, Listing<ExplainEntryDocument>> {}
export class ListSessions extends Read<OfUnit, Listing<SessionDocument>> {}
export class EndSession extends Write<{ readonly sessionId: string }> {}

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

async function kick({ publish, clock }: HandlerParts, session: FoundSession): Promise<void> {
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

@QueryHandler(GetTimeline)
export class GetTimelineHandler extends ReadHandler<GetTimeline, Listing<TimelineEntryDocument>> {
  protected async read({ call: { tenant }, input: { deviceId, clientId } }: GetTimeline) {
    const { store, views, identity } = this.parts;
    const { productKey, deviceKey, generation } = await loadDevice(this.parts, tenant, deviceId);
    const { stream, revision } = await identity.loading.device(tenant, productKey, deviceKey);
    const [events, transitions] = await Promise.all([
      store.readStream(stream, Math.max(1, revision - TIMELINE_EVENTS + 1), TIMELINE_EVENTS),
      views.listTransitions(tenant, deviceId),
    ]);
    const own = events.filter((event) => event.data['generation'] === generation).map(toEntry);
    const all = [...own, ...transitions].sort(byTime);
    return { data: clientId === undefined ? all : all.filter(concerns(clientId)) };
  }
}

@QueryHandler(ExplainDevice)
export class ExplainDeviceHandler extends ReadHandler<
  ExplainDevice,
  Listing<ExplainEntryDocument>
> {
  protected async read({ call: { tenant }, input: { deviceId, clientId } }: ExplainDevice) {
    const { productKey, deviceKey } = await loadDevice(this.parts, tenant, deviceId);
    const key = deviceRecordKey(tenant, productKey, deviceKey);
    return { data: await this.parts.explainLog.last(key, clientId) };
  }
}

@QueryHandler(ListSessions)
export class ListSessionsHandler extends ReadHandler<ListSessions, Listing<SessionDocument>> {
  protected async read({ call: { tenant }, input: { deviceId, clientId } }: ListSessions) {
    await loadDevice(this.parts, tenant, deviceId);
    const sessions = await this.parts.views.listSessions(tenant, deviceId, clientId);
    return { data: sessions ?? [] };
  }
}

@CommandHandler(EndSession)
export class EndSessionHandler extends Handler implements ICommandHandler<EndSession> {
  async execute({ call, input: { sessionId } }: EndSession): Promise<Written> {
    const { views, identity, clock } = this.parts;
    // A session has no revision that the caller could have seen.
    if (call.ifMatch !== null) throw new ProblemError('stale-revision');
    const end = async (): Promise<number> => {
      const session = await views.findSession(call.tenant, sessionId);
      if (session === null || session.closedAt !== null) throw new ProblemError('session-unknown');
      const entry = toAuditEntry(call, clock.now(), sessionId, `of device ${session.deviceId}`);
      await audited(this.parts, entry, () => kick(this.parts, session));
      // A position of the device's own: another tenant's would be unknown to the caller.
      const { productKey, deviceKey } = session;
      return (await identity.loading.device(call.tenant, productKey, deviceKey)).position;
    };
    const written = await settle(
      call,
      (context) => identity.once(end, context),
      () => null,
    );
    return { ...written, revision: null };
  }
}

export const HISTORY_HANDLERS = [
  ...[GetTimelineHandler, ExplainDeviceHandler, ListSessionsHandler, EndSessionHandler],
];

import type {
  DeviceEvent,
  DeviceIdEvent,
  JobEvent,
  ProductEvent,
  TenantEvent,
  TokenEvent,
} from '@tallystick/domain';
import type { JsonObject } from '@tallystick/kernel';
import type { EventMeta, Ids, NewEvent } from '@tallystick/ports';
import type { CallContext } from './handlers.types.ts';

type DomainEvent = DeviceEvent | DeviceIdEvent | ProductEvent | TenantEvent | TokenEvent | JobEvent;

/** The events as the store takes them, each with a fresh id. */
export function toNewEvents(
  events: readonly DomainEvent[],
  context: CallContext,
  ids: Ids,
): readonly NewEvent[] {
  return events.map(({ type, time, data }) => {
    const subject = 'deviceId' in data ? data.deviceId : null;
    return {
      id: ids.uuid(),
      type,
      schemaVersion: 1,
      time,
      data: data as unknown as JsonObject,
      meta: metaOf(context, subject),
    };
  });
}

function metaOf(context: CallContext, subject: string | null): EventMeta {
  const { tenant, actor, correlationId, traceparent } = context;
  const causationId = context.causationId ?? correlationId;
  return {
    tenant,
    subject,
    actor,
    correlationId,
    causationId,
    ...(traceparent === undefined ? {} : { traceparent }),
  };
}

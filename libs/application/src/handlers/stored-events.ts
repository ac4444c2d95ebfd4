import type { DeviceEvent, DeviceIdEvent, ProductEvent } from '@tallystick/domain';
import { PortError, type JsonObject } from '@tallystick/kernel';
import type { EventMeta, Ids, NewEvent, StoredEvent } from '@tallystick/ports';
import type { CallContext } from './handlers.types.ts';

type DomainEvent = DeviceEvent | DeviceIdEvent | ProductEvent;

/**
 * The domain's events of what was read. One that this release does not know is PortError `corrupt`:
 * nothing may be decided on half a state.
 */
export function toDomainEvents<Event>(
  stored: readonly StoredEvent[],
  toEvent: (event: StoredEvent) => Event | null,
): readonly Event[] {
  return stored.map((each) => {
    const event = toEvent(each);
    if (event === null)
      throw new PortError('corrupt', `${each.type} at ${each.position} is not known here`);
    return event;
  });
}

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

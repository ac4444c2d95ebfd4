import type { EventStore, NewEvent, StreamAppend } from '@tallystick/ports';

/** One database, and stores opened on it. */
export interface EventStoreFixture {
  readonly store: EventStore;
  /** Another process on the same database, where the adapter knows several; else absent. */
  readonly second?: EventStore;
  /** Closes the store and opens the same database again. */
  reopen(): Promise<EventStore>;
  /** Takes the database away, and brings it back, where the adapter has a way to lose it. */
  readonly outage?: { begin(): Promise<void>; end(): Promise<void> };
  close(): Promise<void>;
}

export type OpenEventStore = () => Promise<EventStoreFixture>;

let made = 0;

/** An event that differs from every other. */
export function someEvent(overrides: Partial<NewEvent> = {}): NewEvent {
  made += 1;
  const id = `00000000-0000-7000-8000-${String(made).padStart(12, '0')}`;
  return {
    id,
    type: 'DeviceRegistered',
    schemaVersion: 1,
    time: 1_700_000_000_000 + made,
    data: { deviceKey: `d-${made}` },
    meta: { tenant: 'default', subject: null, actor: 'test', correlationId: id, causationId: id },
    ...overrides,
  };
}

/** An append of `count` events to a stream. */
export function someAppend(stream: string, expectedRevision: number, count = 1): StreamAppend {
  return { stream, expectedRevision, events: Array.from({ length: count }, () => someEvent()) };
}

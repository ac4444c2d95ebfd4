import type { Admission, DeviceListener, OutgoingMessage } from '@tallystick/ports';
import type { DeviceIdentity } from '../gateway.types.ts';

/** What is asked of whichever listener has a session: see DeviceListener. */
export interface Doors {
  readonly cut: (sessionId: string, reason: string) => boolean;
  readonly send: (sessionId: string, message: OutgoingMessage) => boolean;
  readonly promote: (sessionId: string, admission: Admission<DeviceIdentity>) => boolean;
}

type Listener = DeviceListener<DeviceIdentity>;

/** All listeners as one; null: none is open yet. */
export function doorsOf(listeners: () => readonly Listener[] | null): Doors {
  const one = (ask: (listener: Listener) => boolean): boolean => listeners()?.some(ask) ?? false;
  return {
    cut: (sessionId, reason) => one((listener) => listener.cut(sessionId, reason)),
    send: (sessionId, message) => one((listener) => listener.send(sessionId, message)),
    promote: (sessionId, admission) => one((listener) => listener.promote(sessionId, admission)),
  };
}

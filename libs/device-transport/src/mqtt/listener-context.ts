import type { Clock, DeviceAuthority } from '@tallystick/ports';
import type { Broker } from './adoption/broker.ts';
import type { ByteRoom } from './byte-room.ts';
import type { Door } from './door.ts';
import type { MqttLimits } from './limits.ts';
import type { LiveSession } from './live-session.ts';
import type { SessionTable } from './session-table.ts';
import type { TimerWheel } from './timer-wheel.ts';

/** The part of a logger that the transport uses. Fields never hold credentials or client ids. */
export interface TransportLog {
  warn(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** What all connections of one listener share. */
export interface ListenerContext<I> {
  readonly name: 'mqtt' | 'enosMqtt';
  readonly authority: DeviceAuthority<I>;
  readonly clock: Clock;
  readonly limits: MqttLimits;
  readonly log: TransportLog;
  readonly table: SessionTable<I>;
  readonly broker: Broker;
  readonly wheel: TimerWheel;
  readonly door: Door;
  /** What all sessions hold together: `sharedBytes`. */
  readonly room: ByteRoom;
  /** Live sessions by session id, and apart from them those that only fetch. */
  readonly live: Map<string, LiveSession<I>>;
  readonly fetching: Map<string, LiveSession<I>>;
}

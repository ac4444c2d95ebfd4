import type {
  DeviceAuthority,
  DeviceSession,
  OutgoingMessage,
  SilenceRule,
} from '@tallystick/ports';
import type { Broker } from './adoption/broker.ts';
import type { ByteRoom } from './byte-room.ts';
import type { MqttLimits } from './limits.ts';
import type { SessionTable } from './session-table.ts';

/** What the listener may do to a session that is here. */
export interface SessionHandle<I> {
  readonly session: DeviceSession<I>;
  push(message: OutgoingMessage): boolean;
  close(reason: string): void;
  allowSilence(rule: SilenceRule | null): void;
}

/** What a session uses of its listener. */
export interface SessionContext<I> {
  readonly authority: Pick<DeviceAuthority<I>, 'published' | 'closed'>;
  readonly limits: MqttLimits;
  readonly table: SessionTable<I>;
  readonly broker: Broker;
  /** What all sessions hold together: `sharedBytes`. */
  readonly room: ByteRoom;
  /** Live sessions by session id, and apart from them those that only fetch. */
  readonly live: Map<string, SessionHandle<I>>;
  readonly fetching: Map<string, SessionHandle<I>>;
}

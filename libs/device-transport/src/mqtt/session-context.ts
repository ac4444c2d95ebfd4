import type {
  Admission,
  Clock,
  DeviceAuthority,
  OutgoingMessage,
  SilenceRule,
} from '@tallystick/ports';
import type { Broker } from './adoption/broker.ts';
import type { ByteRoom } from './byte-room.ts';
import type { MqttLimits } from './limits.ts';
import type { SessionTable } from './session-table.ts';

/** What the listener may do to a session that is here. */
export interface SessionHandle<I> {
  close(reason: string): void;
  allowSilence(rule: SilenceRule | null): void;
  send(message: OutgoingMessage): boolean;
  promote(admission: Admission<I>): boolean;
}

/** What a session uses of its listener. */
export interface SessionContext<I> {
  readonly authority: Pick<
    DeviceAuthority<I, never>,
    'published' | 'opened' | 'closed' | 'fetchEnded'
  >;
  readonly clock: Clock;
  readonly limits: MqttLimits;
  readonly table: SessionTable<I>;
  readonly broker: Broker;
  /** What all sessions hold together: `sharedBytes`. */
  readonly room: ByteRoom;
  /** The sessions that are here, by session id. */
  readonly sessions: Map<string, SessionHandle<I>>;
}

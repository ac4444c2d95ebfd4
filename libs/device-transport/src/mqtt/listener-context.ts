import type { DeviceAuthority } from '@tallystick/ports';
import type { ConnackCode } from './codec/replies.codec.ts';
import type { Door } from './door.ts';
import type { SessionContext } from './session-context.ts';
import type { TimerWheel } from './timer-wheel.ts';

/** The part of a logger that the transport uses. Fields never hold credentials or client ids. */
export interface TransportLog {
  warn(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}

/** What all connections of one listener share. */
export interface ListenerContext<I, R> extends SessionContext<I> {
  readonly name: string;
  readonly authority: DeviceAuthority<I, R>;
  /** Where the authority's refusals become MQTT's answers. */
  readonly connackOf: (refusal: R) => ConnackCode;
  readonly log: TransportLog;
  readonly wheel: TimerWheel;
  readonly door: Door;
}

import type { DeviceAuthority } from '@tallystick/ports';
import type { TransportLog } from '../front/transport-log.ts';
import type { TimerWheel } from '../front/timer-wheel.ts';
import type { ConnackCode } from './codec/replies.codec.ts';
import type { SessionContext } from './session-context.ts';

/** What all connections of one listener share. */
export interface ListenerContext<I, R> extends SessionContext<I> {
  readonly name: string;
  readonly authority: DeviceAuthority<I, R>;
  /** Where the authority's refusals become MQTT's answers. */
  readonly connackOf: (refusal: R) => ConnackCode;
  readonly log: TransportLog;
  readonly wheel: TimerWheel;
}

import type { TokenSessions } from '@tallystick/device-transport';
import type { Clock, DeviceAuthority } from '@tallystick/ports';
import type { Logger } from '@tallystick/services-edge';
import type { GatewayAuthority } from '../authority/device-authority.ts';
import type { DeviceIdentity, Refusal } from '../gateway.types.ts';

/** Decides what MQTT's listeners ask, and what was taken apart already. */
export type HttpAuthority = DeviceAuthority<DeviceIdentity, Refusal> &
  Pick<GatewayAuthority, 'login' | 'register' | 'topicRefused' | 'turnedBack'>;

/** Where devices are told to connect over MQTT. */
export interface MqttAddress {
  readonly host: string;
  readonly port: number;
}

export interface HttpParts {
  readonly authority: HttpAuthority;
  readonly sessions: TokenSessions<DeviceIdentity>;
  /** Null: no port for MQTT is open. */
  readonly mqttAddress: () => MqttAddress | null;
  readonly clock: Clock;
  readonly logger: Pick<Logger, 'warn'>;
  /** How long an uplink waits for the bus; ten seconds unless a test is in a hurry. */
  readonly uplinkMs?: number;
}

import {
  createHttpListener,
  TokenSessions,
  type FrontOptions,
  type TurnedAway,
} from '@tallystick/device-transport';
import type { DeviceListener } from '@tallystick/ports';
import type { AuthGatewayDeps, DeviceIdentity } from '../gateway.types.ts';
import { DeviceHttp } from './device-http.ts';
import type { HttpAuthority, MqttAddress } from './http-parts.types.ts';

export interface HttpEntrance extends Pick<FrontOptions, 'tls' | 'door'> {
  readonly authority: HttpAuthority;
  readonly onTurnedAway: (socket: TurnedAway) => void;
  readonly mqttAddress: () => MqttAddress | null;
}

/** HTTP and HTTPS of devices, by the first byte. */
export function openDeviceHttp(
  { settings, clock, ids, logger }: AuthGatewayDeps,
  { authority, mqttAddress, ...front }: HttpEntrance,
  name: string,
  port: number,
): Promise<DeviceListener<DeviceIdentity>> {
  const { maxConnections } = settings.limits;
  const sessions = new TokenSessions<DeviceIdentity>({
    ...{ authority, clock, ids, limits: { sessions: maxConnections } },
  });
  const http = new DeviceHttp({ authority, sessions, mqttAddress, clock, logger });
  return createHttpListener({
    ...{ ...front, name, port, takes: 'both', host: settings.host, log: logger, sessions },
    proxyFrom: settings.proxyProtocolFrom,
    limits: { maxConnections, maxBodyBytes: settings.maxPacketBytes },
    handler: (request) => http.handle(request),
  });
}

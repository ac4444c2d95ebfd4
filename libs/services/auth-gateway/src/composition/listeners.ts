import {
  createMqttListener,
  createSessionTable,
  type TurnedAway,
} from '@tallystick/device-transport';
import { connackOf } from '@tallystick/dialects';
import type { DeviceAuthority, DeviceListener } from '@tallystick/ports';
import { closeAll } from './ground.ts';
import type { AuthGatewayDeps, DeviceIdentity, Refusal } from '../gateway.types.ts';

/**
 * MQTT, and EnOS's own port: one table of sessions, so that the newest CONNECT of a device wins on
 * either.
 */
export async function openListeners(
  deps: AuthGatewayDeps,
  authority: DeviceAuthority<DeviceIdentity, Refusal>,
  onTurnedAway: (socket: TurnedAway) => void,
): Promise<readonly DeviceListener<DeviceIdentity>[]> {
  const { settings, home, ids, clock, logger } = deps;
  const { maxConnections } = settings.limits;
  const { maxPacketBytes } = settings;
  const table = createSessionTable<DeviceIdentity>();
  const open = async (
    name: 'mqtt' | 'enosMqtt',
    port: number,
  ): Promise<DeviceListener<DeviceIdentity>> => {
    const listener = await createMqttListener({
      ...{ name, port, authority, ids, clock, table, host: settings.host, log: logger },
      limits: { maxConnections, maxPacketBytes },
      connackOf: ({ reason, dialect }) => connackOf(reason, dialect),
      onTurnedAway,
    });
    home.publishPort(name, listener.port);
    return listener;
  };
  const opened: DeviceListener<DeviceIdentity>[] = [];
  try {
    for (const name of ['mqtt', 'enosMqtt'] as const) {
      const port = settings[`${name}Port`];
      if (port !== null) opened.push(await open(name, port));
    }
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
  return opened;
}

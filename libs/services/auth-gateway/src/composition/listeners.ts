import {
  createMqttListener,
  createMqttWsListener,
  type Door,
  type FrontOptions,
  type SessionTable,
  type TlsDoor,
  type TurnedAway,
} from '@tallystick/device-transport';
import { connackOf } from '@tallystick/dialects';
import type { DeviceListener } from '@tallystick/ports';
import type { PortName } from '@tallystick/services-edge';
import type { AuthGatewayDeps, DeviceIdentity } from '../gateway.types.ts';
import type { HttpAuthority, MqttAddress } from '../http/http-parts.types.ts';
import { openDeviceHttp } from '../http/open-device-http.ts';

export type DoorName = Exclude<PortName, 'http' | 'internal' | 'health'>;

/** What the listeners of one gateway share. */
export interface Entrance {
  readonly authority: HttpAuthority;
  readonly tls: TlsDoor;
  /** One, so that the bounds hold for all ports together. */
  readonly door: Door;
  /** One, so that the newest CONNECT of a device wins, whichever door it comes in by. */
  readonly table: SessionTable<DeviceIdentity>;
  readonly onTurnedAway: (socket: TurnedAway) => void;
  /** The real port of a door that is open; null: it is not, or not yet. */
  readonly portOf: (name: DoorName) => number | null;
}

type Listener = DeviceListener<DeviceIdentity>;
type Open = (
  deps: AuthGatewayDeps,
  entrance: Entrance,
  name: DoorName,
  port: number,
) => Promise<Listener>;

interface Entry {
  /** By the first byte where it is both: TLS is a choice of the device. */
  readonly takes: FrontOptions['takes'];
  readonly open: Open;
}

const mqtt = (takes: FrontOptions['takes'], create: typeof createMqttListener): Entry => ({
  takes,
  open: ({ settings, ids, clock, logger }, entrance, name, port) => {
    const { maxConnections } = settings.limits;
    return create({
      ...{ ...entrance, name, port, takes, ids, clock, host: settings.host, log: logger },
      proxyFrom: settings.proxyProtocolFrom,
      limits: { maxConnections, maxPacketBytes: settings.maxPacketBytes },
      connackOf: ({ reason, dialect }) => connackOf(reason, dialect),
    });
  },
});

/** Where devices that speak HTTP are told to go for MQTT; most of them know no TLS. */
function mqttAddress({ settings }: AuthGatewayDeps, { portOf }: Entrance): MqttAddress | null {
  const port = portOf('mqtt') ?? portOf('mqtts');
  return port === null ? null : { host: settings.deviceHost, port };
}

/** The gateway's doors by their name in `ports.json`, in the order in which they open. */
export const DOORS: Readonly<Record<DoorName, Entry>> = {
  mqtt: mqtt('both', createMqttListener),
  mqtts: mqtt('tls', createMqttListener),
  enosMqtt: mqtt('both', createMqttListener),
  enosMqtts: mqtt('tls', createMqttListener),
  mqttWs: mqtt('both', createMqttWsListener),
  deviceHttp: {
    takes: 'both',
    open: (deps, entrance, name, port) => {
      const parts = { ...entrance, mqttAddress: () => mqttAddress(deps, entrance) };
      return openDeviceHttp(deps, parts, name, port);
    },
  },
};

import {
  createMqttListener,
  type FrontOptions,
  type SessionTable,
  type TlsDoor,
  type TurnedAway,
} from '@tallystick/device-transport';
import { connackOf } from '@tallystick/dialects';
import type { DeviceAuthority, DeviceListener } from '@tallystick/ports';
import type { AuthGatewayDeps, DeviceIdentity, Refusal } from '../gateway.types.ts';

/** What the listeners of one gateway share. */
export interface Entrance {
  readonly authority: DeviceAuthority<DeviceIdentity, Refusal>;
  readonly tls: TlsDoor;
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

interface Door {
  /** By the first byte where it is both: TLS is a choice of the device. */
  readonly takes: FrontOptions['takes'];
  readonly open: Open;
}

const mqtt = (takes: FrontOptions['takes']): Door => ({
  takes,
  open: ({ settings, ids, clock, logger }, entrance, name, port) => {
    const { maxConnections } = settings.limits;
    return createMqttListener({
      ...{ ...entrance, name, port, takes, ids, clock, host: settings.host, log: logger },
      proxyFrom: settings.proxyProtocolFrom,
      limits: { maxConnections, maxPacketBytes: settings.maxPacketBytes },
      connackOf: ({ reason, dialect }) => connackOf(reason, dialect),
    });
  },
});

/** The gateway's doors by their name in `ports.json`, in the order in which they open. */
export const DOORS = {
  mqtt: mqtt('both'),
  mqtts: mqtt('tls'),
  enosMqtt: mqtt('both'),
  enosMqtts: mqtt('tls'),
} as const satisfies Readonly<Record<string, Door>>;

export type DoorName = keyof typeof DOORS;

import { PortError } from '@tallystick/kernel';
import type { SettingName } from './setting-table.ts';

/** The ports that an app may open, by their name in `ports.json`, each with its setting. */
export const PORT_SETTINGS = {
  http: 'TALLYSTICK_HTTP_PORT',
  internal: 'TALLYSTICK_INTERNAL_PORT',
  health: 'TALLYSTICK_HEALTH_PORT',
  deviceHttp: 'TALLYSTICK_DEVICE_HTTP_PORT',
  mqtt: 'TALLYSTICK_MQTT_PORT',
  mqtts: 'TALLYSTICK_MQTTS_PORT',
  enosMqtt: 'TALLYSTICK_ENOS_MQTT_PORT',
  enosMqtts: 'TALLYSTICK_ENOS_MQTTS_PORT',
  mqttWs: 'TALLYSTICK_MQTT_WS_PORT',
} as const satisfies Readonly<Record<string, SettingName>>;

export type PortName = keyof typeof PORT_SETTINGS;

/** `httpPort` and so on, as {@link Settings} has them. 0: any free one; null: closed. */
export type Ports = { readonly [Name in PortName as `${Name}Port`]: number | null };

export function readPorts(read: (name: (typeof PORT_SETTINGS)[PortName]) => number | null): Ports {
  const ports = Object.entries(PORT_SETTINGS).map(([name, setting]) => [
    `${name}Port`,
    read(setting),
  ]);
  return Object.fromEntries(ports) as Ports;
}

/** Throws where a port that the app cannot do without is `off`. */
export function requirePort(ports: Ports, name: PortName, why: string): void {
  if (ports[`${name}Port`] !== null) return;
  const setting = PORT_SETTINGS[name];
  throw new PortError('misconfigured', `${setting} is off, but ${why}: 0 takes any free port`);
}

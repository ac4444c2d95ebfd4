import type { SettingName } from './setting-table.ts';

/** The ports that an app may open, by their name in `ports.json`, each with its setting. */
export const PORT_SETTINGS = {
  http: 'TALLYSTICK_HTTP_PORT',
  internal: 'TALLYSTICK_INTERNAL_PORT',
  health: 'TALLYSTICK_HEALTH_PORT',
  mqtt: 'TALLYSTICK_MQTT_PORT',
  enosMqtt: 'TALLYSTICK_ENOS_MQTT_PORT',
} as const satisfies Readonly<Record<string, SettingName>>;

export type PortName = keyof typeof PORT_SETTINGS;

/** `httpPort` and so on, as {@link Settings} has them. */
export type Ports = { readonly [Name in PortName as `${Name}Port`]: number };

export function readPorts(read: (name: (typeof PORT_SETTINGS)[PortName]) => number): Ports {
  const ports = Object.entries(PORT_SETTINGS).map(([name, setting]) => [
    `${name}Port`,
    read(setting),
  ]);
  return Object.fromEntries(ports) as Ports;
}

import { hosts, optionalHost } from './parse-hosts.ts';
import { networks } from './parse-networks.ts';
import { setting } from './setting.ts';
import * as parse from './setting-parsers.ts';

/** What devices come in by: the gateway's ports, its certificate, and what devices are told. */
export const DOOR_SETTINGS = {
  TALLYSTICK_DEVICE_HTTP_PORT: setting('8081', parse.port, "devices' HTTP and HTTPS"),
  TALLYSTICK_MQTT_PORT: setting('1883', parse.port, 'MQTT over TCP and TLS'),
  TALLYSTICK_MQTTS_PORT: setting('8883', parse.port, 'MQTT over TLS'),
  TALLYSTICK_ENOS_MQTT_PORT: setting('11883', parse.port, "EnOS's own MQTT port"),
  TALLYSTICK_ENOS_MQTTS_PORT: setting('18883', parse.port, 'the same over TLS'),
  TALLYSTICK_MQTT_WS_PORT: setting(
    '8083',
    parse.port,
    'MQTT over WebSocket, plain and TLS, path /mqtt',
  ),
  TALLYSTICK_TLS_CERT_FILE: setting(
    '',
    parse.optionalText,
    "PEM chain of the devices' TLS ports; read again when it changes; none: all-in-one makes its own, a gateway keeps its TLS ports shut",
  ),
  TALLYSTICK_TLS_KEY_FILE: setting('', parse.optionalText, 'its key, PEM'),
  TALLYSTICK_SERVER_NAMES: setting(
    'localhost,127.0.0.1,::1',
    hosts,
    'names in the certificate that the platform makes for itself',
  ),
  TALLYSTICK_DEVICE_HOST: setting(
    '',
    optionalHost,
    'host that devices are told; else TALLYSTICK_HOST, or the host name where that is every address',
  ),
  TALLYSTICK_PROXY_PROTOCOL_FROM: setting(
    '',
    networks,
    "addresses and CIDRs that must send PROXY protocol (v1 or v2) on devices' ports",
  ),
} as const;

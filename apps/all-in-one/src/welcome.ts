import { join, resolve } from 'node:path';
import type { PortName, Settings } from '@tallystick/services-edge';

/** As a word of the shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The command line asks 127.0.0.1, which reaches a platform that listens there or on every address.
 */
const REACHED: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '0.0.0.0', '::']);

/**
 * The command line finds the platform in HOME, on this machine: it must be told where that is,
 * unless it is the usual place.
 */
function whereToLook(home: string, host: string, http: string): string {
  const folder =
    home === resolve('.tallystick') ? '' : `  export TALLYSTICK_HOME=${quoted(home)}\n`;
  return REACHED.has(host) ? folder : `${folder}  export TALLYSTICK_URL=${quoted(http)}\n`;
}

/**
 * As an address in a URL: what listens everywhere is reached at the loopback, and IPv6 stands in
 * brackets (RFC 3986, 3.2.2).
 */
function addressOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * Where the gateway of this process reaches the registry of this process: it listens on
 * TALLYSTICK_HOST alone.
 */
export function ownRegistry(settings: Settings, ports: OpenPorts): string {
  return `http://${addressOf(settings.host)}:${ports.internal ?? 0}`;
}

type OpenPorts = Partial<Record<PortName, number>>;

/** What each door takes; by the first byte where there are two. */
const DOORS: readonly (readonly [PortName, string])[] = [
  ['mqtt', 'MQTT, TCP and TLS'],
  ['mqtts', 'MQTT, TLS'],
  ['enosMqtt', 'EnOS, TCP and TLS'],
  ['enosMqtts', 'EnOS, TLS'],
  ['mqttWs', 'MQTT, WebSocket, plain and TLS, path /mqtt'],
  ['deviceHttp', 'HTTP and HTTPS of devices'],
];

/** The doors that are open, a line each. */
function doorLines(host: string, ports: OpenPorts): readonly string[] {
  const open = DOORS.flatMap(([name, what]) => {
    const port = ports[name];
    return port === undefined ? [] : [`${`${host}:${port}`.padEnd(21)}  ${what}`];
  });
  const lines = open.length === 0 ? ['every port for them is off'] : open;
  return lines.map((line, index) => `  ${index === 0 ? 'devices' : '       '}          ${line}`);
}

/** What clients over TLS must trust: nobody's system knows the platform's own root. */
function rootLines({ tlsCertFile }: Settings, rootFile: string): readonly string[] {
  const root = tlsCertFile === null ? rootFile : `that of ${tlsCertFile}`;
  return [`  root for TLS     ${root}`];
}

/** What a person needs who has just started the platform: where to look, and what to do next. */
export function welcome(
  settings: Settings,
  ports: OpenPorts,
  adminTokenFile: string | null,
  home: string,
): string {
  const host = addressOf(settings.host);
  const doors = [...doorLines(host, ports), ...rootLines(settings, join(home, 'tls-root.pem'))];
  if (settings.httpPort === null)
    return `\nTallystick is up; the operators' API is off.\n\n${doors.join('\n')}\n  data             ${home}\n`;
  const http = `http://${host}:${ports.http ?? settings.httpPort}`;
  const token = adminTokenFile === null ? 'the one in TALLYSTICK_ADMIN_TOKEN' : adminTokenFile;
  const header =
    adminTokenFile === null ? '$TALLYSTICK_ADMIN_TOKEN' : `$(cat ${quoted(adminTokenFile)})`;
  return `
Tallystick is up.

  operators' API   ${http}/api/v1      (to read: ${http}/docs, readiness: ${http}/readyz)
${doors.join('\n')}
  data             ${home}
  token            ${token}

A product and its first device, in another terminal:

${whereToLook(home, settings.host, http)}  npm run -s tallystick -- products create thermo --name Thermostat
  npm run -s tallystick -- devices create unit-1 --product-key thermo
  npm run -s tallystick -- connect thermo/unit-1     # stays online, publishes what is typed
  npm run -s tallystick -- credentials thermo/unit-1 --transport tls     # for a client of your own

or with curl:

  curl -H "authorization: Bearer ${header}" -H 'content-type: application/json' \\
       -d '{"productKey":"thermo","name":"Thermostat"}' ${http}/api/v1/products

Ctrl-C stops it; everything is kept.`;
}

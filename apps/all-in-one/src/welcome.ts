import { resolve } from 'node:path';
import type { PortName, Settings } from '@tallystick/services-edge';

/** As a word of the shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** The command line finds the platform in HOME: it must be told where that is, unless it is the usual place. */
function whereToLook(home: string): string {
  return home === resolve('.tallystick') ? '' : `  export TALLYSTICK_HOME=${quoted(home)}\n`;
}

/** What a person needs who has just started the platform: where to look, and what to do next. */
export function welcome(
  settings: Settings,
  ports: Partial<Record<PortName, number>>,
  adminTokenFile: string | null,
  home: string,
): string {
  const http = `http://${settings.host}:${ports.http ?? settings.httpPort}`;
  const token = adminTokenFile === null ? 'the one in TALLYSTICK_ADMIN_TOKEN' : adminTokenFile;
  const header =
    adminTokenFile === null ? '$TALLYSTICK_ADMIN_TOKEN' : `$(cat ${quoted(adminTokenFile)})`;
  return `
Tallystick is up.

  operators' API   ${http}/api/v1      (description: ${http}/openapi.json, readiness: ${http}/readyz)
  devices, MQTT    ${settings.host}:${ports.mqtt ?? settings.mqttPort}      EnOS's own port: ${ports.enosMqtt ?? settings.enosMqttPort}
  data             ${home}
  token            ${token}

A product and its first device, in another terminal:

${whereToLook(home)}  npm run -s tallystick -- products create thermo --name Thermostat
  npm run -s tallystick -- devices create unit-1 --product-key thermo
  npm run -s tallystick -- credentials <deviceId> --dialect alibaba

or with curl:

  curl -H "authorization: Bearer ${header}" -H 'content-type: application/json' \\
       -d '{"productKey":"thermo","name":"Thermostat"}' ${http}/api/v1/products

Ctrl-C stops it; everything is kept.`;
}

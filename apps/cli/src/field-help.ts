/**
 * What a word or a flag means: its values, and what holds without it. A spec asks for one of every
 * command's.
 */
const HELP: ReadonlyMap<string, string> = new Map([
  ['productKey', '1 to 32 of A-Z a-z 0-9 _; left out at `products create`, one is made'],
  [
    'deviceKey',
    'MAC address, IMEI or serial number: 1 to 128 of A-Z a-z 0-9 . _ : @ -; left out, one is made',
  ],
  ['deviceId', 'as the platform names it, or <productKey>/<deviceKey>'],
  ['sessionId', 'from `sessions list`'],
  ['gatewayId', 'from `gateways list`'],
  ['position', 'as a write prints it'],
  ['shell', 'bash, zsh or fish'],
  ['name', 'for people'],
  ['productSecret', '6 to 64 printable characters; left out, one is made and shown'],
  ['deviceSecret', '6 to 64 printable characters; left out, one is made and shown'],
  ['dialect', "auto (the default), alibaba or enos: the vendor's wire format"],
  [
    'registrationFree',
    'names that are not registered may log in; needs dynamic activation too (default: no)',
  ],
  ['dynamicActivation', "devices may fetch their secret with the product's (default: no)"],
  ['maxUnits', 'physical units under one name, 1 to 5 (default: 5)'],
  ['silenceSeconds', '5 to 604800: nothing for so long ends a session; null: never (default)'],
  [
    'silenceCounts',
    'packet (any packet breaks the silence) or message (only what it publishes; default for enos)',
  ],
  ['certificateRequired', 'secrets alone open nothing (default: no)'],
  [
    'registrationTimeoutSeconds',
    'a device that never logs in is gone after so long; null: never (default)',
  ],
  ['tags', 'name=value, several times'],
  ['reason', 'for people; stands in the timeline'],
  ['overlapSeconds', 'how long the old secret still opens (default: 0)'],
  ['status', 'inactive, online, offline or disabled'],
  ['clientId', 'one physical unit of the name'],
  ['limit', 'rows of one page, 1 to 1000'],
  ['cursor', 'where the page before ended'],
  ['topic', 'events (default), presence, state, decisions or telemetry'],
  ['from', 'earliest, latest (default) or a position'],
  ['timeoutSeconds', 'how long to wait (default: 30)'],
  ['host', "the gateway's address (default: the platform's)"],
  ['port', "the gateway's port (default: as the platform tells)"],
]);

export function fieldHelp(name: string): string {
  return HELP.get(name.replace(/^\[|\]$/g, '')) ?? '';
}

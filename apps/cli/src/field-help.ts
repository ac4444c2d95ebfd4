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
  ['tokens create name', 'for people, and in the audit as token:<name>'],
  ['id', 'from `tokens list`'],
  ['jobId', 'as `devices import` prints it'],
  [
    'file',
    'CSV (productKey,deviceKey,deviceId,deviceSecret,name,tags.x, any of them) or a JSON object a line; - is standard input',
  ],
  ['dryRun', 'checks each row, makes nothing'],
  ['devices import productKey', 'of rows that name none'],
  ['format', "csv or ndjson (default: by the file's ending)"],
  [
    'idempotencyKey',
    'under it an import that broke off goes on, and a finished one is not repeated, for 24 hours (default: made from the content, --product-key, --dry-run and --tenant)',
  ],
  ['jobs rows state', 'accepted, refused, kept or undone'],
  ['out', 'a new file, readable for its owner alone (default: standard output)'],
  ['view', 'from `views list`'],
  ['scopes', 'read, write, secrets:read, admin, with commas; none implies another'],
  ['expiresAt', 'RFC 3339; left out, it does not expire'],
  [
    'deviceKeyScope',
    'product (default) or tenant: within what a device key is unique; fixed from then on',
  ],
  ['productSecret', '6 to 64 printable characters; left out, one is made and shown'],
  ['deviceSecret', '6 to 64 printable characters; left out, one is made and shown'],
  ['dialect', "auto (the default), alibaba, enos or huawei: the vendor's wire format"],
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
    'resetKeepsSecret',
    'a device that was reset keeps its secret; no: its next dynamic activation gives a new one (default: yes)',
  ],
  [
    'registerRotatesSecret',
    'each `register` (Alibaba) gives a new secret until the first login (default: no)',
  ],
  [
    'registrationTimeoutSeconds',
    'a device that never logs in is gone after so long; null: never (default)',
  ],
  ['tags', 'name=value, several times'],
  ['reason', 'for people; stands in the timeline'],
  ['overlapSeconds', 'how long the old secret still opens (default: 0)'],
  ['status', 'inactive, online, offline or disabled'],
  ['clientId', 'one physical unit of the name'],
  ['limit', 'rows of one page, 1 to 500'],
  ['cursor', 'where the page before ended'],
  ['all', 'every page; with --json each on a line of its own'],
  ['q', 'how the key or the id begins; at least 1 character'],
  ['tenant', "1 to 32 of a-z 0-9 -: whose things are meant (default: the token's own tenant)"],
  ['topic', 'events (default), presence, state, decisions or telemetry'],
  ['from', 'earliest, latest (default) or a position'],
  ['timeoutSeconds', 'how long to wait (default: 30)'],
  ['subject', 'the id of what was changed or read'],
  ['actor', 'token:<name>, person:<subject>, device:<id> or system:<app>'],
  ['audit from', 'RFC 3339: not before it'],
  ['audit to', 'RFC 3339: before it'],
  ['transport', 'tcp (default), tls, ws or wss (WebSocket, plain and over TLS)'],
  [
    'caFile',
    "PEM of the root to trust over TLS (default: the platform's own, else the system's certificates)",
  ],
  ['host', "the gateway's address (default: TALLYSTICK_DEVICE_HOST, else the platform's)"],
  ['port', "the gateway's port (default: as the platform tells)"],
]);

/** Of a word or flag, of one command where that means its own by it. */
export function fieldHelp(name: string, command = ''): string {
  const bare = name.replace(/^\[|\]$/g, '');
  return HELP.get(`${command} ${bare}`) ?? HELP.get(bare) ?? '';
}

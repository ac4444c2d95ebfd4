import type { Command } from './command.types.ts';
import { credentials } from './credentials.ts';
import { effectsWait, eventsTail, purgeUnit } from './special-commands.ts';
import type { Fields } from './flags.ts';
import { get, list, write } from './simple-commands.ts';

const POLICY: Fields = {
  name: 'text',
  dialect: 'text',
  registrationFree: 'boolean',
  dynamicActivation: 'boolean',
  maxUnits: 'integer',
  silenceSeconds: 'integer-or-null',
  silenceCounts: 'text',
  certificateRequired: 'boolean',
};
const device = (rest: string) => (id: string) => `/devices/${id}${rest}`;

const products: readonly Command[] = [
  write({
    name: 'products create',
    help: 'Creates a product; its secret is shown here.',
    positional: '[productKey]',
    keyField: 'productKey',
    fields: { ...POLICY, productSecret: 'text' },
    required: ['name'],
    method: 'POST',
    path: () => '/products',
  }),
  get({
    name: 'products get',
    help: 'Shows a product.',
    positional: 'productKey',
    path: (key) => `/products/${key}`,
  }),
  list({
    name: 'products list',
    help: 'Lists products.',
    paged: true,
    path: () => '/products',
    columns: [
      'productKey',
      'name',
      'dialect',
      'registrationFree',
      'dynamicActivation',
      'createdAt',
    ],
  }),
  write({
    name: 'products update',
    help: "Changes a product's policy.",
    positional: 'productKey',
    fields: POLICY,
    method: 'PATCH',
    path: (key) => `/products/${key}`,
  }),
];

const devices: readonly Command[] = [
  write({
    name: 'devices create',
    help: 'Registers a device; its secret is shown here.',
    positional: '[deviceKey]',
    keyField: 'deviceKey',
    fields: {
      productKey: 'text',
      deviceId: 'text',
      deviceSecret: 'text',
      name: 'text-or-null',
      tags: 'tags',
      registrationTimeoutSeconds: 'integer-or-null',
    },
    required: ['productKey'],
    method: 'POST',
    path: () => '/devices',
  }),
  get({ name: 'devices get', help: 'Shows a device.', positional: 'deviceId', path: device('') }),
  list({
    name: 'devices list',
    help: 'Lists devices.',
    fields: { productKey: 'text', deviceKey: 'text', status: 'text', tags: 'tags' },
    paged: true,
    path: () => '/devices',
    columns: ['deviceId', 'productKey', 'deviceKey', 'status', 'lastSeenAt'],
  }),
  write({
    name: 'devices disable',
    help: 'Bars a device and cuts its sessions.',
    positional: 'deviceId',
    fields: { reason: 'text' },
    method: 'POST',
    path: device('/disable'),
  }),
  write({
    name: 'devices enable',
    help: 'Lets a device in again.',
    positional: 'deviceId',
    method: 'POST',
    path: device('/enable'),
  }),
  write({
    name: 'devices reset',
    help: 'Reopens dynamic activation.',
    positional: 'deviceId',
    method: 'POST',
    path: device('/reset'),
  }),
  write({
    name: 'devices delete',
    help: 'Ends the life of a device.',
    positional: 'deviceId',
    method: 'DELETE',
    path: device(''),
  }),
  list({
    name: 'devices timeline',
    help: 'What happened to a device, in order.',
    positional: 'deviceId',
    path: device('/timeline'),
    fields: { clientId: 'text' },
    columns: ['time', 'type', 'position', 'actor'],
  }),
  list({
    name: 'devices explain',
    help: 'Why its logins were allowed or refused.',
    positional: 'deviceId',
    path: device('/explain'),
    fields: { clientId: 'text' },
    columns: ['time', 'decision', 'reason', 'clientId', 'rule', 'gatewayId', 'count'],
  }),
];

/** Whether the name has room is what an operator looks for before all else. */
function slots(body: unknown): string {
  const { capacity, used, open } = body as Readonly<Record<string, unknown>>;
  return `${String(used)} of ${String(capacity)} slots used, ${open === true ? 'open' : 'closed'} to new units`;
}

const units: readonly Command[] = [
  list({
    name: 'units list',
    help: 'The physical units under a name.',
    positional: 'deviceId',
    path: device('/units'),
    summary: slots,
    columns: ['clientId', 'state', 'claimedAt', 'firstConnectedAt', 'lastConnectedAt', 'connected'],
  }),
  write({
    name: 'units switch',
    help: 'Keeps one unit, bars the others, closes the name.',
    positional: 'deviceId',
    fields: { clientId: 'text' },
    required: ['clientId'],
    method: 'POST',
    path: device('/units/switch'),
  }),
  write({
    name: 'units clear',
    help: 'Bars all units, closes the name.',
    positional: 'deviceId',
    method: 'POST',
    path: device('/units/clear'),
  }),
  write({
    name: 'units undo',
    help: 'Takes the last switch or clear back.',
    positional: 'deviceId',
    method: 'POST',
    path: device('/units/undo'),
  }),
  write({
    name: 'units reopen',
    help: 'Lets new units claim the name again.',
    positional: 'deviceId',
    method: 'POST',
    path: device('/units/reopen'),
  }),
  purgeUnit,
];

const store: readonly Command[] = [
  get({
    name: 'store show',
    help: 'Shows which store it is, and whether it lost what the bus was told of.',
    path: () => '/store',
  }),
  write({
    name: 'store adopt',
    help: 'Goes on with a store that lost its tail, and tells everything anew.',
    method: 'POST',
    path: () => '/store/adopt',
  }),
];

export const COMMANDS: readonly Command[] = [
  ...products,
  ...devices,
  ...units,
  eventsTail,
  effectsWait,
  list({
    name: 'gateways list',
    help: 'Gateways with their lease and how far they have come.',
    path: () => '/gateways',
    columns: ['gatewayId', 'leaseUntil', 'fastPosition', 'bulkPosition', 'stalenessMs', 'sessions'],
  }),
  ...store,
  credentials,
];

import type { Command } from './command.types.ts';
import type { Row } from './output.ts';
import { list } from './list-command.ts';
import { get, write } from './simple-commands.ts';

const device = (rest: string) => (id: string) => `/devices/${id}${rest}`;
const ONE = { positional: 'deviceId', waits: 'effects' } as const;

/** What is asked for first of an event's data, as columns of its own. */
function timelineRow(row: Row): Row {
  const { data } = row;
  const of: Row = typeof data === 'object' && data !== null ? { ...data } : {};
  const { reason, clientId, gatewayId } = of;
  return { ...row, reason, clientId, gatewayId };
}

const reads: readonly Command[] = [
  get({
    name: 'devices get',
    help: 'Shows a device.',
    example: 'devices get thermo/unit-1',
    positional: 'deviceId',
    path: device(''),
  }),
  list({
    name: 'devices list',
    help: 'Lists devices, by product and device key; the filters go together.',
    example: 'devices list --q unit- --product-key thermo --status online --tags site=north',
    fields: { q: 'text', productKey: 'text', deviceKey: 'text', status: 'text', tags: 'tags' },
    paged: 'every-page',
    path: () => '/devices',
    columns: ['deviceId', 'productKey', 'deviceKey', 'status', 'lastSeenAt'],
  }),
  list({
    name: 'devices timeline',
    help: 'What happened to a device, in order.',
    example: 'devices timeline thermo/unit-1',
    positional: 'deviceId',
    path: device('/timeline'),
    fields: { clientId: 'text' },
    columns: ['time', 'type', 'reason', 'clientId', 'gatewayId', 'position', 'actor'],
    shown: timelineRow,
  }),
  list({
    name: 'devices explain',
    help: 'Why its logins were allowed or refused.',
    example: 'devices explain thermo/unit-1',
    positional: 'deviceId',
    path: device('/explain'),
    fields: { clientId: 'text' },
    columns: ['time', 'decision', 'reason', 'clientId', 'rule', 'gatewayId', 'count'],
  }),
  list({
    name: 'sessions list',
    help: 'The last sessions of a device.',
    example: 'sessions list thermo/unit-1',
    positional: 'deviceId',
    path: device('/sessions'),
    fields: { clientId: 'text' },
    columns: [
      ...['sessionId', 'clientId', 'gatewayId', 'transport', 'remoteAddress', 'openedAt'],
      ...['closedAt', 'closeReason'],
    ],
  }),
];

const writes: readonly Command[] = [
  write({
    name: 'devices create',
    help: 'Registers a device; its secret is shown here.',
    example: 'devices create unit-1 --product-key thermo',
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
    waits: 'effects',
  }),
  write({
    ...ONE,
    name: 'devices update',
    help: 'Changes what is known of a device: its name, its tags, its time to log in.',
    example: 'devices update thermo/unit-1 --name Hall --tags floor=2',
    fields: { name: 'text-or-null', tags: 'tags', registrationTimeoutSeconds: 'integer-or-null' },
    method: 'PATCH',
    path: device(''),
  }),
  write({
    ...ONE,
    name: 'devices disable',
    help: 'Bars a device and cuts its sessions.',
    example: 'devices disable thermo/unit-1 --reason stolen --wait',
    fields: { reason: 'text' },
    method: 'POST',
    path: device('/disable'),
  }),
  write({
    ...ONE,
    name: 'devices enable',
    help: 'Lets a device in again.',
    example: 'devices enable thermo/unit-1',
    method: 'POST',
    path: device('/enable'),
  }),
  write({
    ...ONE,
    name: 'devices reset',
    help: 'Reopens dynamic activation.',
    example: 'devices reset thermo/unit-1',
    method: 'POST',
    path: device('/reset'),
  }),
  write({
    ...ONE,
    name: 'devices secret-reset',
    help: 'Gives a device a new secret, which is shown here.',
    example: 'devices secret-reset thermo/unit-1 --overlap-seconds 3600',
    fields: { deviceSecret: 'text', overlapSeconds: 'integer' },
    method: 'POST',
    path: device('/secret/reset'),
  }),
  write({
    ...ONE,
    name: 'devices delete',
    help: 'Ends the life of a device.',
    example: 'devices delete thermo/unit-1 --wait',
    method: 'DELETE',
    path: device(''),
  }),
  write({
    name: 'sessions end',
    help: 'Cuts one session; its device may log in again at once.',
    example: 'sessions end 0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b20',
    positional: 'sessionId',
    method: 'DELETE',
    path: (id) => `/sessions/${id}`,
  }),
];

export const DEVICE_COMMANDS: readonly Command[] = [...reads, ...writes];

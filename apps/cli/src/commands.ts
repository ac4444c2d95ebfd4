import { isJsonObject, type JsonObject } from '@tallystick/kernel';
import type { Command } from './command.types.ts';
import { completionOf } from './completion.ts';
import { connect } from './connect.ts';
import { credentials } from './credentials.ts';
import { DEVICE_COMMANDS } from './device-commands.ts';
import { eventsTail } from './events-tail.ts';
import { PRODUCT_COMMANDS } from './product-commands.ts';
import { list } from './list-command.ts';
import { get, write } from './simple-commands.ts';
import { effectsWait } from './special-commands.ts';
import { VIEW_COMMANDS } from './views-commands.ts';
import { JOB_COMMANDS } from './jobs/job-commands.ts';
import { devicesImport } from './import/import-command.ts';
import { TENANT_COMMANDS } from './tenant-commands.ts';
import { UNIT_COMMANDS } from './unit-commands.ts';

/** The devices' figures stand beside the others. */
function statsShown(body: unknown): unknown {
  const { devices, ...others }: JsonObject = isJsonObject(body) ? body : {};
  return { ...(isJsonObject(devices) ? devices : {}), ...others };
}

const platform: readonly Command[] = [
  eventsTail,
  effectsWait,
  list({
    name: 'gateways list',
    help: 'Gateways with their lease and how far they have come.',
    example: 'gateways list',
    path: () => '/gateways',
    columns: [
      ...['gatewayId', 'leaseUntil', 'fastPosition', 'bulkPosition', 'stalenessMs', 'sessions'],
      'clockErrorMs',
    ],
  }),
  write({
    name: 'gateways retire',
    help: 'Counts a gateway no more that is gone for good: its lease must have ended.',
    example: 'gateways retire gateway-3',
    positional: 'gatewayId',
    method: 'DELETE',
    path: (id) => `/gateways/${id}`,
  }),
  get({
    name: 'store show',
    help: 'Shows which store it is, and whether it lost what the bus was told of.',
    example: 'store show',
    path: () => '/store',
  }),
  get({
    name: 'stats',
    help: 'How many devices there are by status, how many products, how many conflicts.',
    example: 'stats',
    path: () => '/stats',
    shown: statsShown,
  }),
  write({
    name: 'store adopt',
    help: 'Goes on with a store that lost its tail, and tells everything anew.',
    example: 'store adopt',
    method: 'POST',
    path: () => '/store/adopt',
  }),
];

export const COMMANDS: readonly Command[] = [
  ...PRODUCT_COMMANDS,
  ...DEVICE_COMMANDS,
  ...UNIT_COMMANDS,
  devicesImport,
  ...JOB_COMMANDS,
  ...TENANT_COMMANDS,
  ...VIEW_COMMANDS,
  ...platform,
  credentials,
  connect,
  completionOf(() => COMMANDS),
];

import type { Command } from './command.types.ts';
import { completionOf } from './completion.ts';
import { connect } from './connect.ts';
import { credentials } from './credentials.ts';
import { DEVICE_COMMANDS } from './device-commands.ts';
import { eventsTail } from './events-tail.ts';
import { PRODUCT_COMMANDS } from './product-commands.ts';
import { get, list, write } from './simple-commands.ts';
import { effectsWait } from './special-commands.ts';
import { UNIT_COMMANDS } from './unit-commands.ts';

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
  ...platform,
  credentials,
  connect,
  completionOf(() => COMMANDS),
];

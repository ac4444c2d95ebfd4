import { isJsonObject, type JsonObject } from '@tallystick/kernel';
import type { Command } from './command.types.ts';
import { list } from './list-command.ts';
import { write } from './simple-commands.ts';
import { purgeUnit } from './special-commands.ts';

const units = (rest: string) => (id: string) => `/devices/${id}/units${rest}`;
const ONE = { positional: 'deviceId', method: 'POST', waits: 'effects' } as const;

/** Whether the name has room is what an operator looks for before all else. */
function slots(body: unknown): string {
  const of: JsonObject = isJsonObject(body) ? body : {};
  return `${String(of['used'])} of ${String(of['capacity'])} slots used, ${of['open'] === true ? 'open' : 'closed'} to new units`;
}

export const UNIT_COMMANDS: readonly Command[] = [
  list({
    name: 'units list',
    help: 'The physical units under a name.',
    example: 'units list thermo/unit-1',
    positional: 'deviceId',
    path: units(''),
    summary: slots,
    columns: ['clientId', 'state', 'claimedAt', 'firstConnectedAt', 'lastConnectedAt', 'connected'],
  }),
  write({
    ...ONE,
    name: 'units switch',
    help: 'Keeps one unit, bars the others, closes the name.',
    example: 'units switch thermo/unit-1 --client-id 4c:11:ae:00:00:01',
    fields: { clientId: 'text' },
    required: ['clientId'],
    path: units('/switch'),
  }),
  write({
    ...ONE,
    name: 'units clear',
    help: 'Bars all units, closes the name.',
    example: 'units clear thermo/unit-1 --wait',
    path: units('/clear'),
  }),
  write({
    ...ONE,
    name: 'units undo',
    help: 'Takes the last switch or clear back.',
    example: 'units undo thermo/unit-1',
    path: units('/undo'),
  }),
  write({
    ...ONE,
    name: 'units reopen',
    help: 'Lets new units claim the name again.',
    example: 'units reopen thermo/unit-1',
    path: units('/reopen'),
  }),
  purgeUnit,
];

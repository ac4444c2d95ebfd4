import { z } from 'zod';
import { clientIdField, timeField } from './fields.schema.ts';

export const unitDocument = z
  .strictObject({
    clientId: z.string(),
    state: z.enum(['pending', 'active', 'forbidden', 'purging']),
    claimedAt: timeField,
    firstConnectedAt: timeField.nullable(),
    lastConnectedAt: timeField.nullable(),
    connected: z.boolean(),
  })
  .meta({ id: 'Unit' });

/** `used` counts every state shown. */
export const unitsDocument = z
  .strictObject({
    capacity: z.int().min(1),
    used: z.int().min(0),
    open: z.boolean(),
    data: z.array(unitDocument),
  })
  .meta({ id: 'Units' });

export const switchUnitBody = z
  .strictObject({ clientId: clientIdField })
  .meta({ id: 'SwitchUnit' });

/** The body of a write that takes none. */
export const emptyBody = z.strictObject({}).meta({ id: 'Empty' });

export type UnitDocument = z.infer<typeof unitDocument>;
export type UnitsDocument = z.infer<typeof unitsDocument>;
export type SwitchUnitBody = z.infer<typeof switchUnitBody>;

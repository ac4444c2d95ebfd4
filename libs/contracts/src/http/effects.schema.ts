import { z } from 'zod';
import { positionField, timeField } from './fields.schema.ts';

export const gatewayEffectDocument = z
  .strictObject({
    gatewayId: z.string(),
    applied: z.boolean(),
    at: timeField.nullable(),
    /** From the append to the gateway's report. */
    lagMs: z.number().min(0).nullable(),
    sessionsCut: z.int().min(0),
    fencesAt: timeField.nullable(),
  })
  .meta({ id: 'GatewayEffect' });

export const effectsDocument = z
  .strictObject({
    position: positionField,
    total: z.int().min(0),
    applied: z.int().min(0),
    unknown: z.boolean(),
    gateways: z.array(gatewayEffectDocument),
  })
  .meta({ id: 'Effects' });

export const gatewayDocument = z
  .strictObject({
    gatewayId: z.string(),
    incarnation: z.string(),
    leaseUntil: timeField,
    fastPosition: positionField,
    bulkPosition: positionField,
    stalenessMs: z.number().min(0),
    sessions: z.int().min(0),
    /** Positive where its clock is ahead of the broker's. */
    clockErrorMs: z.int(),
  })
  .meta({ id: 'Gateway' });

export const gatewaysDocument = z
  .strictObject({ data: z.array(gatewayDocument) })
  .meta({ id: 'Gateways' });

export type GatewayEffectDocument = z.infer<typeof gatewayEffectDocument>;
export type EffectsDocument = z.infer<typeof effectsDocument>;
export type GatewayDocument = z.infer<typeof gatewayDocument>;

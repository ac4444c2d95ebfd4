import { z } from 'zod';
import { DECISION_REASONS } from '../bus/decisions.types.ts';
import { positionField, timeField } from './fields.schema.ts';

/**
 * An event of a device's stream, as identity.events.v1 shows it, or of its presence (position null:
 * it stands in no stream).
 */
export const timelineEntryDocument = z
  .strictObject({
    position: positionField.nullable(),
    type: z.string(),
    time: timeField,
    actor: z.string(),
    causationId: z.string(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'TimelineEntry' });

export const explainEntryDocument = z
  .strictObject({
    time: timeField,
    decision: z.enum(['allow', 'deny', 'end']),
    reason: z.enum(DECISION_REASONS),
    rule: z.string(),
    gatewayId: z.string(),
    viewPosition: positionField,
    secretVersion: z.int().nullable(),
    clientId: z.string().nullable(),
    count: z.int().min(1),
  })
  .meta({ id: 'ExplainEntry' });

export const sessionDocument = z
  .strictObject({
    sessionId: z.string(),
    epoch: z.int().min(0),
    clientId: z.string(),
    gatewayId: z.string(),
    transport: z.enum(['tcp', 'tls', 'ws', 'dtls', 'udp', 'http']),
    dialect: z.string(),
    remoteAddress: z.string(),
    openedAt: timeField,
    closedAt: timeField.nullable(),
    closeReason: z.string().nullable(),
  })
  .meta({ id: 'Session' });

export type TimelineEntryDocument = z.infer<typeof timelineEntryDocument>;
export type ExplainEntryDocument = z.infer<typeof explainEntryDocument>;
export type SessionDocument = z.infer<typeof sessionDocument>;

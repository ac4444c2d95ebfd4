import { z } from 'zod';
import { tenantField, timeField } from './fields.schema.ts';

/** One act, or one refused attempt; several attempts of one minute may share a row. */
export const auditEntryDocument = z
  .strictObject({
    time: timeField,
    actor: z.string(),
    action: z.string(),
    subject: z.string().nullable(),
    tenant: tenantField,
    remoteAddress: z.string().nullable(),
    requestId: z.string().nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });

export type AuditEntryDocument = z.infer<typeof auditEntryDocument>;

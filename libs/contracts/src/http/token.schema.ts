import { SCOPES } from '@tallystick/domain';
import { z } from 'zod';
import { nameField, tenantField, timeField } from './fields.schema.ts';

export const tokenIdField = z.string().regex(/^tk_[A-Za-z0-9]{20}$/, 'no id of a token');

const scopesField = z
  .array(z.enum(SCOPES))
  .min(1)
  .max(SCOPES.length)
  .refine((scopes) => new Set(scopes).size === scopes.length, { message: 'each scope once' })
  .meta({ description: 'What the token may do. None implies another.' });

export const tokenDocument = z
  .strictObject({
    id: tokenIdField,
    name: z.string(),
    scopes: scopesField,
    tenant: tenantField,
    createdAt: timeField,
    expiresAt: timeField.nullable(),
    lastUsedAt: timeField.nullable(),
  })
  .meta({ id: 'Token' });

export const createdTokenDocument = z
  .strictObject({ ...tokenDocument.shape, token: z.string() })
  .meta({ id: 'CreatedToken' });

const LAST_INSTANT = Date.parse('9999-12-31T23:59:59.999Z');

/** RFC 3339, whatever its offset and precision; in UTC its year has four digits as well. */
const endField = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) <= LAST_INSTANT, { message: 'within the year 9999 in UTC' });

export const createTokenBody = z
  .strictObject({
    name: nameField,
    scopes: scopesField,
    tenant: tenantField.optional(),
    expiresAt: endField.nullable().optional(),
  })
  .meta({ id: 'CreateToken' });

export type TokenDocument = z.infer<typeof tokenDocument>;
export type CreateTokenBody = z.infer<typeof createTokenBody>;

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

export const createTokenBody = z
  .strictObject({
    name: nameField,
    scopes: scopesField,
    tenant: tenantField.optional(),
    /** RFC 3339, whatever its offset and precision. */
    expiresAt: z.iso.datetime({ offset: true }).nullable().optional(),
  })
  .meta({ id: 'CreateToken' });

export type TokenDocument = z.infer<typeof tokenDocument>;
export type CreateTokenBody = z.infer<typeof createTokenBody>;

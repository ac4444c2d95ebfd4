import { DEVICE_KEY_SCOPES } from '@tallystick/domain';
import { z } from 'zod';
import { nameField, tenantField, timeField } from './fields.schema.ts';

export const deviceKeyScopeField = z.enum(DEVICE_KEY_SCOPES).meta({
  description:
    'Within what a device key is unique: in its product, or in the whole tenant. Fixed when the tenant is made.',
});

export const tenantDocument = z
  .strictObject({
    tenant: tenantField,
    name: z.string(),
    deviceKeyScope: deviceKeyScopeField,
    createdAt: timeField,
  })
  .meta({ id: 'Tenant' });

export const createTenantBody = z
  .strictObject({
    tenant: tenantField,
    name: nameField,
    deviceKeyScope: deviceKeyScopeField.optional(),
  })
  .meta({ id: 'CreateTenant' });

export type TenantDocument = z.infer<typeof tenantDocument>;
export type CreateTenantBody = z.infer<typeof createTenantBody>;

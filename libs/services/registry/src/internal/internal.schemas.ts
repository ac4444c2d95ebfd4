import {
  clientIdField,
  deviceKeyField,
  productKeyField,
  tenantField,
  type ClaimRequest,
  type ReleaseRequest,
} from '@tallystick/contracts';
import { z } from 'zod';

export const claimBody: z.ZodType<ClaimRequest> = z.strictObject({
  productKey: productKeyField,
  deviceKey: deviceKeyField,
  gatewayId: z.string().min(1).max(255),
  dialect: z.string().min(1).max(32),
  address: z.string().min(1).max(64).exactOptional(),
  claimId: z.string().min(1).max(128),
});

export const releaseBody: z.ZodType<ReleaseRequest> = z.strictObject({
  tenant: tenantField,
  productKey: productKeyField,
  deviceKey: deviceKeyField,
  generation: z.int().min(1),
  clientId: clientIdField,
  reason: z.enum(['connection-lost', 'refused']),
});

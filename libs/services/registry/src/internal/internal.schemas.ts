import {
  clientIdField,
  deviceIdField,
  deviceKeyField,
  productKeyField,
  tenantField,
  type ActivationRequest,
  type ClaimRequest,
  type ReleaseRequest,
} from '@tallystick/contracts';
import { z } from 'zod';

const callId = z.string().min(1).max(128);
const asked = {
  productKey: productKeyField,
  deviceKey: deviceKeyField,
  gatewayId: z.string().min(1).max(255),
  dialect: z.string().min(1).max(32),
  address: z.string().min(1).max(64).exactOptional(),
};

export const claimBody: z.ZodType<ClaimRequest> = z.strictObject({ ...asked, claimId: callId });

export const activationBody: z.ZodType<ActivationRequest> = z.strictObject({
  ...asked,
  activationId: callId,
  deviceId: deviceIdField.nullable(),
  makes: z.boolean(),
});

export const releaseBody: z.ZodType<ReleaseRequest> = z.strictObject({
  tenant: tenantField,
  productKey: productKeyField,
  deviceKey: deviceKeyField,
  generation: z.int().min(1),
  clientId: clientIdField,
  reason: z.enum(['connection-lost', 'refused']),
});

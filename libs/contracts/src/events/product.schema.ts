import { DIALECTS } from '@tallystick/domain';
import { z } from 'zod';
import { expiry, secretId, secretVersion } from './fields.schema.ts';

const named = { productKey: z.string() };
const dialect = z.enum(['auto', ...DIALECTS]);
const maxUnits = z.int().min(1).max(5);
const silenceSeconds = z.int().nullable();
const silenceCounts = z.enum(['packet', 'message']);

export const productStored = {
  ProductCreated: z.object({
    ...named,
    tenant: z.string(),
    name: z.string(),
    dialect,
    dynamicActivation: z.boolean(),
    registrationFree: z.boolean(),
    maxUnits,
    silenceSeconds,
    silenceCounts: silenceCounts.exactOptional(),
    certificateRequired: z.boolean(),
    resetKeepsSecret: z.boolean().exactOptional(),
    registerRotatesSecret: z.boolean().exactOptional(),
    secretVersion,
    secretId,
  }),
  ProductSecretReset: z.object({ ...named, secretVersion, secretId, previousExpiresAt: expiry }),
  DynamicActivationEnabled: z.object(named),
  DynamicActivationDisabled: z.object(named),
  ProductPolicyChanged: z.object({
    ...named,
    name: z.string().exactOptional(),
    dialect: dialect.exactOptional(),
    registrationFree: z.boolean().exactOptional(),
    maxUnits: maxUnits.exactOptional(),
    silenceSeconds: silenceSeconds.exactOptional(),
    silenceCounts: silenceCounts.exactOptional(),
    certificateRequired: z.boolean().exactOptional(),
    resetKeepsSecret: z.boolean().exactOptional(),
    registerRotatesSecret: z.boolean().exactOptional(),
    closing: z.boolean().exactOptional(),
  }),
  ProductDeleted: z.object(named),
  SecretRead: z.object({ ...named, secretVersions: z.array(secretVersion) }),
};

export const productPublic = {
  ...productStored,
  ProductCreated: productStored.ProductCreated.omit({ secretId: true }),
  ProductSecretReset: productStored.ProductSecretReset.omit({ secretId: true }),
};

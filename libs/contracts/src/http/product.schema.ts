import { DIALECTS } from '@tallystick/domain';
import { z } from 'zod';
import {
  nameField,
  productKeyField,
  revisionField,
  secretField,
  timeField,
} from './fields.schema.ts';

export const dialectField = z.enum(['auto', ...DIALECTS]);
const maxUnitsField = z.int().min(1).max(5);
/** 5 s to a week. */
const silenceSecondsField = z.int().min(5).max(604_800);
const silenceCountsField = z.enum(['packet', 'message']);

const dynamicActivationField = z.boolean().meta({
  description:
    'Devices may fetch their secret with the secret of the product. Off, `regnwl` is refused too.',
});
const registrationFreeField = z.boolean().meta({
  description:
    'Units may claim a slot under a name (`regnwl`), which makes the name where there is none. Needs dynamicActivation besides: without it such a claim is refused with dynamic-activation-off.',
});

const resetKeepsSecretField = z.boolean().meta({
  description:
    'Whether a device that was reset keeps its secret. False: its first dynamic activation after the reset gives it a new one; until then the old one opens.',
});
const registerRotatesSecretField = z.boolean().meta({
  description:
    "True: each registration of Alibaba's devices (`register` over MQTT, and HTTP) gives a new secret until the device logs in, and the newest alone opens. False: it gives the one that registration issued, as often as asked. The other vendors' devices always get the same.",
});

export const productDocument = z
  .strictObject({
    productKey: productKeyField,
    name: z.string(),
    dialect: dialectField,
    dynamicActivation: dynamicActivationField,
    registrationFree: registrationFreeField,
    maxUnits: maxUnitsField,
    silenceSeconds: z.int().nullable(),
    silenceCounts: silenceCountsField,
    certificateRequired: z.boolean(),
    resetKeepsSecret: resetKeepsSecretField,
    registerRotatesSecret: registerRotatesSecretField,
    revision: revisionField,
    createdAt: timeField,
  })
  .meta({ id: 'Product' });

export const createdProductDocument = z
  .strictObject({ ...productDocument.shape, productSecret: z.string() })
  .meta({ id: 'CreatedProduct' });

const policyFields = {
  dialect: dialectField.optional(),
  dynamicActivation: dynamicActivationField.optional(),
  registrationFree: registrationFreeField.optional(),
  maxUnits: maxUnitsField.optional(),
  silenceSeconds: silenceSecondsField.nullable().optional(),
  silenceCounts: silenceCountsField.optional(),
  certificateRequired: z.boolean().optional(),
  resetKeepsSecret: resetKeepsSecretField.optional(),
  registerRotatesSecret: registerRotatesSecretField.optional(),
};

/**
 * What is left out takes its default: dialect auto, no dynamic activation, not registration-free, 5
 * units, no silence limit, no certificate; a secret outlives a reset and is not rotated.
 */
export const createProductBody = z
  .strictObject({
    name: nameField,
    productKey: productKeyField.optional(),
    productSecret: secretField.optional(),
    ...policyFields,
  })
  .meta({ id: 'CreateProduct' });

export const patchProductBody = z
  .strictObject({ name: nameField.optional(), ...policyFields })
  .meta({ id: 'PatchProduct' });

export const resetProductSecretBody = z
  .strictObject({
    productSecret: secretField.optional(),
    overlapSeconds: z.int().min(0).max(315_360_000).optional(),
  })
  .meta({ id: 'ResetProductSecret' });

/** GET /products/{productKey}/multi-client-ids */
export const multiClientIdDocument = z
  .strictObject({
    deviceId: z.string(),
    deviceKey: z.string(),
    clientIds: z.int().min(0),
    forbidden: z.int().min(0),
    currentClientId: z.string().nullable(),
    evidence: z.boolean().meta({
      description:
        'Whether the sessions of its secret showed two units at once. One with evidence alone has clientIds 1.',
    }),
  })
  .meta({ id: 'MultiClientId' });

export type ProductDocument = z.infer<typeof productDocument>;
export type CreateProductBody = z.infer<typeof createProductBody>;
export type PatchProductBody = z.infer<typeof patchProductBody>;
export type ResetProductSecretBody = z.infer<typeof resetProductSecretBody>;
export type MultiClientIdDocument = z.infer<typeof multiClientIdDocument>;

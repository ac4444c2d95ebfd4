import { z } from 'zod';
import {
  deviceIdField,
  deviceKeyField,
  givenDeviceIdField,
  nameField,
  productKeyField,
  reasonField,
  revisionField,
  secondsField,
  secretField,
  tagsField,
  timeField,
} from './fields.schema.ts';

/** What the device's own stream tells: the value on identity.state.v1. */
export const deviceStateFields = {
  deviceId: deviceIdField,
  productKey: productKeyField,
  deviceKey: deviceKeyField,
  generation: z.int().min(1),
  name: z.string().nullable(),
  lifecycle: z.enum(['inactive', 'active', 'disabled']),
  registeredAt: timeField,
  activatedAt: timeField.nullable(),
  registrationTimeoutSeconds: z.int().nullable(),
  dynamicOpen: z.boolean(),
  tags: z.record(z.string(), z.string()),
  revision: revisionField,
};

/**
 * `clientId`, `epoch` and `lastSeenAt` are those of the newest session; epoch 0: there was none.
 */
export const deviceDocument = z
  .strictObject({
    ...deviceStateFields,
    presence: z.enum(['online', 'offline']),
    status: z.enum(['inactive', 'online', 'offline', 'disabled']),
    clientId: z.string().nullable(),
    epoch: z.int().min(0),
    lastSeenAt: timeField.nullable(),
  })
  .meta({ id: 'Device' });

/** `deviceSecret` is null for a device that has none. */
export const createdDeviceDocument = z
  .strictObject({ ...deviceDocument.shape, deviceSecret: z.string().nullable() })
  .meta({ id: 'CreatedDevice' });

/**
 * `registrationTimeoutSeconds`: not activated within so long of its registration, the device ends
 * as a deleted one does; null or absent: never.
 */
export const createDeviceBody = z
  .strictObject({
    productKey: productKeyField,
    deviceKey: deviceKeyField.optional(),
    deviceId: givenDeviceIdField.optional(),
    deviceSecret: secretField.optional(),
    name: nameField.nullable().optional(),
    tags: tagsField.optional(),
    registrationTimeoutSeconds: secondsField.nullable().optional(),
  })
  .meta({ id: 'CreateDevice' });

/**
 * `tags` replaces the whole map; `registrationTimeoutSeconds` counts from the registration, and
 * means nothing to a device that was activated.
 */
export const patchDeviceBody = z
  .strictObject({
    name: nameField.nullable().optional(),
    tags: tagsField.optional(),
    registrationTimeoutSeconds: secondsField.nullable().optional(),
  })
  .meta({ id: 'PatchDevice' });

export const disableDeviceBody = z
  .strictObject({ reason: reasonField.nullable().optional() })
  .meta({ id: 'DisableDevice' });

/** `overlapSeconds`: for how long the older secret still holds; 0 or absent: no longer. */
export const resetDeviceSecretBody = z
  .strictObject({
    deviceSecret: secretField.optional(),
    overlapSeconds: z.int().min(0).max(315_360_000).optional(),
  })
  .meta({ id: 'ResetDeviceSecret' });

/** GET …/secret of a device or a product; newest first. */
export const secretsDocument = z
  .strictObject({
    secrets: z.array(
      z.strictObject({
        secretVersion: z.int().min(1),
        secret: z.string(),
        expiresAt: timeField.nullable(),
      }),
    ),
  })
  .meta({ id: 'Secrets' });

export type DeviceDocument = z.infer<typeof deviceDocument>;
export type CreateDeviceBody = z.infer<typeof createDeviceBody>;
export type PatchDeviceBody = z.infer<typeof patchDeviceBody>;
export type DisableDeviceBody = z.infer<typeof disableDeviceBody>;
export type ResetDeviceSecretBody = z.infer<typeof resetDeviceSecretBody>;
export type SecretsDocument = z.infer<typeof secretsDocument>;

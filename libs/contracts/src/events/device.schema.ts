import { z } from 'zod';
import { deviceName, expiry, secretId, secretVersion, tags, time } from './fields.schema.ts';

export const deviceStored = {
  DeviceRegistered: z.object({
    ...deviceName,
    origin: z.enum(['api', 'import', 'claim', 'gateway']),
    secretOrigin: z.enum(['given', 'allocated', 'none']),
    registrationTimeoutSeconds: z.int().nullable(),
    name: z.string().nullable(),
    tags,
    secretVersion: z.int().min(0),
    secretId: secretId.nullable(),
  }),
  DeviceActivated: z.object({
    ...deviceName,
    method: z.enum(['static', 'dynamic', 'registration-free', 'certificate']),
    dialect: z.string(),
    clientId: z.string(),
    gatewayId: z.string(),
    beforeReset: z.literal(true).exactOptional(),
  }),
  DeviceDisabled: z.object({ ...deviceName, reason: z.string().nullable() }),
  DeviceEnabled: z.object(deviceName),
  DeviceReset: z.object(deviceName),
  DeviceSecretReset: z.object({
    ...deviceName,
    secretVersion,
    secretId,
    secretOrigin: z.enum(['given', 'allocated']),
    previousExpiresAt: expiry,
  }),
  DeviceDetailsChanged: z.object({
    ...deviceName,
    name: z.string().nullable().exactOptional(),
    tags: tags.exactOptional(),
    registrationTimeoutSeconds: z.int().nullable().exactOptional(),
  }),
  DeviceDeleted: z.object(deviceName),
  RegistrationExpired: z.object({
    ...deviceName,
    registeredAt: time,
    registrationTimeoutSeconds: z.int(),
  }),
  SecretRead: z.object({
    ...deviceName,
    secretVersions: z.array(secretVersion),
    method: z.literal('dynamic').exactOptional(),
  }),
};

export const devicePublic = {
  ...deviceStored,
  DeviceRegistered: deviceStored.DeviceRegistered.omit({ secretId: true }),
  DeviceSecretReset: deviceStored.DeviceSecretReset.omit({ secretId: true }),
};

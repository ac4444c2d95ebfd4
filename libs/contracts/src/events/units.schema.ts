import { z } from 'zod';
import { deviceName, ofUnit, time } from './fields.schema.ts';

export const unitsStored = {
  ClientIdConflict: z.object({
    ...deviceName,
    kind: z.enum(['claims', 'shared-secret', 'shared-certificate']),
    cause: z.enum(['second-unit', 'slots-full', 'evidence']),
    limit: z.int(),
    refused: z.int(),
    clientIds: z.array(
      z.object({
        clientId: z.string(),
        firstSeenAt: time,
        lastSeenAt: time,
        gatewayId: z.string().nullable(),
      }),
    ),
  }),
  ClientIdClaimed: z.object({
    ...ofUnit,
    tokenHash: z.string(),
    gatewayId: z.string(),
    dialect: z.string(),
  }),
  ClientIdActivated: z.object({ ...ofUnit, gatewayId: z.string() }),
  ClientIdReleased: z.object({
    ...ofUnit,
    reason: z.enum(['connection-lost', 'refused', 'expired', 'purged']),
  }),
  ClientIdRetained: z.object({ ...ofUnit, forbidden: z.array(z.string()) }),
  ClientIdsCleared: z.object({ ...deviceName, forbidden: z.array(z.string()) }),
  ClientIdRestored: z.object({ ...deviceName, clientIds: z.array(z.string()) }),
  ClientIdPurged: z.object(ofUnit),
  DeviceNameReopened: z.object(deviceName),
};

export const unitsPublic = {
  ...unitsStored,
  ClientIdClaimed: unitsStored.ClientIdClaimed.omit({ tokenHash: true }),
};

import type { LiveDevice, LiveProduct, LiveTenant, LiveToken } from '@tallystick/domain';
import { toRfc3339 } from '@tallystick/kernel';
import type { DeviceDocument } from './device.schema.ts';
import type { ProductDocument } from './product.schema.ts';
import type { TenantDocument } from './tenant.schema.ts';
import type { TokenDocument } from './token.schema.ts';

/** A device without what only its sessions tell: the value on identity.state.v1. */
export type DeviceStateDocument = Omit<
  DeviceDocument,
  'presence' | 'status' | 'clientId' | 'epoch' | 'lastSeenAt'
>;

function lifecycleOf(device: LiveDevice): DeviceDocument['lifecycle'] {
  if (device.disabled) return 'disabled';
  return device.activatedAt === null ? 'inactive' : 'active';
}

/** `revision` is that of the stream the state was folded from. */
export function toDeviceState(device: LiveDevice, revision: number): DeviceStateDocument {
  return {
    deviceId: device.deviceId,
    productKey: device.productKey,
    deviceKey: device.deviceKey,
    generation: device.generation,
    name: device.name,
    lifecycle: lifecycleOf(device),
    registeredAt: toRfc3339(device.registeredAt),
    activatedAt: device.activatedAt === null ? null : toRfc3339(device.activatedAt),
    registrationTimeoutSeconds: device.registrationTimeoutSeconds,
    dynamicOpen: device.dynamicOpen,
    tags: device.tags,
    revision,
  };
}

export function toProductDocument(product: LiveProduct, revision: number): ProductDocument {
  return {
    productKey: product.productKey,
    name: product.name,
    dialect: product.dialect,
    dynamicActivation: product.dynamicActivation,
    registrationFree: product.registrationFree,
    maxUnits: product.maxUnits,
    silenceSeconds: product.silenceSeconds,
    silenceCounts: product.silenceCounts,
    certificateRequired: product.certificateRequired,
    resetKeepsSecret: product.resetKeepsSecret,
    registerRotatesSecret: product.registerRotatesSecret,
    revision,
    createdAt: toRfc3339(product.createdAt),
  };
}

export function toTenantDocument(state: LiveTenant): TenantDocument {
  const { tenant, name, deviceKeyScope, createdAt } = state;
  return { tenant, name, deviceKeyScope, createdAt: toRfc3339(createdAt) };
}

/** A token without when it was used, which no event tells. */
export function toTokenState(state: Omit<LiveToken, 'status'>): Omit<TokenDocument, 'lastUsedAt'> {
  const { tokenId, name, scopes, tenant, createdAt, expiresAt } = state;
  return {
    ...{ id: tokenId, name, scopes: [...scopes], tenant, createdAt: toRfc3339(createdAt) },
    expiresAt: expiresAt === null ? null : toRfc3339(expiresAt),
  };
}

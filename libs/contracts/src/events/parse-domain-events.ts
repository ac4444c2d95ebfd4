import type { DeviceEvent, ProductEvent, TenantEvent, TokenEvent } from '@tallystick/domain';
import type { EpochMs, JsonObject } from '@tallystick/kernel';
import { deviceStored } from './device.schema.ts';
import { platformStored } from './platform.schema.ts';
import { productStored } from './product.schema.ts';
import { unitsStored } from './units.schema.ts';
import { upcast } from './upcast.ts';

interface Stored {
  readonly type: string;
  readonly schemaVersion: number;
  readonly time: EpochMs;
  readonly data: JsonObject;
}

/**
 * The domain's event of a stored one, brought to the newest version; null: a type or version this
 * release does not know. The store's own data is trusted, not parsed: folds are hot.
 */
export function toDeviceEvent(stored: Stored): DeviceEvent | null {
  const known = Object.hasOwn(deviceStored, stored.type) || Object.hasOwn(unitsStored, stored.type);
  return known ? newest<DeviceEvent>(stored) : null;
}

/** As {@link toDeviceEvent}. */
export function toProductEvent(stored: Stored): ProductEvent | null {
  return Object.hasOwn(productStored, stored.type) ? newest<ProductEvent>(stored) : null;
}

/** As {@link toDeviceEvent}. */
export function toTenantEvent(stored: Stored): TenantEvent | null {
  return stored.type === 'TenantCreated' ? newest<TenantEvent>(stored) : null;
}

/** As {@link toDeviceEvent}. */
export function toTokenEvent(stored: Stored): TokenEvent | null {
  const known = stored.type.startsWith('Token') && Object.hasOwn(platformStored, stored.type);
  return known ? newest<TokenEvent>(stored) : null;
}

function newest<Event extends { readonly type: string }>(stored: Stored): Event | null {
  const { type, time } = stored;
  const data = upcast(type, stored.schemaVersion, stored.data);
  // Its type is one of Event's, and the writer's schema (spec: event-types) equals the domain's
  // type.
  return data.ok ? ({ type, time, data: data.value } as unknown as Event) : null;
}

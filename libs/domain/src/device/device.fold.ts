import { succeedSecret } from '../product/product.fold.ts';
import { evolveUnits, isOfUnits, noUnits, type UnitsEvent } from '../units/units.fold.ts';
import type { DeviceEvent, DeviceState, LiveDevice } from './device.types.ts';

/** A device key without any life yet. */
export function initialDevice(tenant: string): DeviceState {
  return { status: 'absent', tenant, generation: 0 };
}

type Registered = Extract<DeviceEvent, { type: 'DeviceRegistered' }>;
type LifeEventType = Exclude<DeviceEvent['type'], UnitsEvent['type']>;

/** A new life. */
export function startLife(tenant: string, { time, data }: Registered): LiveDevice {
  const { origin: _, secretVersion, secretId, ...named } = data;
  return {
    status: 'live',
    tenant,
    ...named,
    activatedAt: null,
    registeredAt: time,
    disabled: false,
    disabledReason: null,
    dynamicOpen: data.secretOrigin !== 'none',
    deliveredVersion: null,
    resetSinceSecret: false,
    resetAt: null,
    secretSince: time,
    secrets: secretId === null ? [] : [{ version: secretVersion, secretId, expiresAt: null }],
    units: noUnits,
  };
}

/** Only the number of a life is kept when it is over. */
function endLife({ tenant, generation }: LiveDevice): DeviceState {
  return { status: 'absent', tenant, generation };
}

type Fold<T extends DeviceEvent['type']> = (
  device: LiveDevice,
  event: Extract<DeviceEvent, { type: T }>,
) => DeviceState;

const lifeFolds: { readonly [T in LifeEventType]: Fold<T> } = {
  DeviceRegistered: (device, event) => startLife(device.tenant, event),
  DeviceActivated: (device, { time, data }) => ({
    ...device,
    activatedAt: device.activatedAt ?? time,
    dynamicOpen: data.beforeReset === true && device.dynamicOpen,
  }),
  DeviceDisabled: (device, { data }) => ({
    ...device,
    disabled: true,
    disabledReason: data.reason,
  }),
  DeviceEnabled: (device) => ({ ...device, disabled: false, disabledReason: null }),
  DeviceReset: (device, { time }) => ({
    ...device,
    resetAt: time,
    resetSinceSecret: true,
    dynamicOpen: true,
  }),
  DeviceSecretReset: (device, { time, data }) => ({
    ...device,
    secretOrigin: data.secretOrigin,
    secretSince: time,
    resetSinceSecret: false,
    secrets: succeedSecret(device.secrets, data, data.previousExpiresAt, time),
  }),
  DeviceDetailsChanged: (device, { data }) => ({ ...device, ...data }),
  DeviceDeleted: endLife,
  RegistrationExpired: endLife,
  SecretRead: (device, { data }) => {
    const version = data.secretVersions[0];
    return data.method === undefined || version === undefined
      ? device
      : { ...device, deliveredVersion: version };
  },
};

function foldOne<T extends LifeEventType>(
  device: LiveDevice,
  type: T,
  event: Extract<DeviceEvent, { type: T }>,
): DeviceState {
  return lifeFolds[type](device, event);
}

/** What a device key is after one more event. An event of no life leaves it absent. */
export function evolveDevice(state: DeviceState, event: DeviceEvent): DeviceState {
  if (event.type === 'DeviceRegistered') return startLife(state.tenant, event);
  if (state.status === 'absent') return state;
  if (isOfUnits(event)) return { ...state, units: evolveUnits(state.units, event) };
  return foldOne(state, event.type, event);
}

export function foldDevice(tenant: string, events: Iterable<DeviceEvent>): DeviceState {
  let state = initialDevice(tenant);
  for (const event of events) state = evolveDevice(state, event);
  return state;
}

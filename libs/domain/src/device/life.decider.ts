import { err, ok, toRfc3339, type EpochMs } from '@tallystick/kernel';
import type { UnitsCommand } from '../units/units.command.types.ts';
import { asked, reaction, type Decides, type OnLiving } from './decide-living.ts';
import type { Decide, Decision } from './decision.types.ts';
import type { DeviceCommand, DeviceContext } from './device.command.types.ts';
import { nameOf } from './device-name.ts';
import type { DeviceEvent, DeviceName, DeviceState, LiveDevice } from './device.types.ts';
import type { LiveProduct, ProductState } from '../product/product.types.ts';
import { registrationEndsAt } from './registration-end.ts';

type Registered = Extract<DeviceEvent, { type: 'DeviceRegistered' }>;
type Register = Extract<DeviceCommand, { type: 'RegisterDevice' }>;

/** The living product of that tenant; another tenant's is as unknown as none. */
export function findProduct(
  productKey: string,
  tenant: string,
  product: ProductState,
): LiveProduct | null {
  return product.status === 'live' && product.productKey === productKey && product.tenant === tenant
    ? product
    : null;
}

/** A new life of the key. */
export function decideRegistration(
  command: Register,
  state: DeviceState,
  context: DeviceContext,
): Decision {
  const product = findProduct(command.productKey, state.tenant, context.product);
  if (product === null || product.closing) return err({ code: 'product-unknown' });
  if (state.status === 'live') return err({ code: 'device-key-taken' });
  return ok([toRegistered(command, state.generation + 1, context.now)]);
}

/** The event of a registration that was accepted, as that life. */
export function toRegistered(command: Register, generation: number, now: EpochMs): Registered {
  const { type: _, secret, ...data } = command;
  return {
    type: 'DeviceRegistered',
    time: now,
    data: { ...data, ...secret, generation, secretVersion: 1 },
  };
}

const disableDevice: Decide<'DisableDevice'> = ({ reason }, device, { now }) =>
  device.disabled
    ? ok([])
    : ok([{ type: 'DeviceDisabled', time: now, data: { ...nameOf(device), reason } }]);

const enableDevice: Decide<'EnableDevice'> = (_, device, { now }) =>
  device.disabled ? ok([{ type: 'DeviceEnabled', time: now, data: nameOf(device) }]) : ok([]);

/**
 * Reopens dynamic activation and drops sessions. It always makes an event, because it is not known
 * here whether a session is live.
 */
const resetDevice: Decide<'ResetDevice'> = (_, device, { now }) =>
  ok([{ type: 'DeviceReset', time: now, data: nameOf(device) }]);

/** The event that ends a life because somebody asked for it. */
export function toDeleted(device: DeviceName, now: EpochMs): DeviceEvent {
  return { type: 'DeviceDeleted', time: now, data: nameOf(device) };
}

const deleteDevice: Decide<'DeleteDevice'> = (_, device, { now }) => ok([toDeleted(device, now)]);

/**
 * Ends a life that nobody activated in time. One that was activated meanwhile, has more time now,
 * or is another one changes nothing.
 */
const expireRegistration: Decide<'ExpireRegistration'> = (command, device, { now }) => {
  const { registeredAt, registrationTimeoutSeconds: timeout } = device;
  const endsAt = registrationEndsAt(device);
  if (command.generation !== device.generation || timeout === null) return ok([]);
  if (endsAt === null || now < endsAt) return ok([]);
  const allowed = { registeredAt: toRfc3339(registeredAt), registrationTimeoutSeconds: timeout };
  return ok([{ type: 'RegistrationExpired', time: now, data: { ...nameOf(device), ...allowed } }]);
};

const resetSecret: Decide<'ResetDeviceSecret'> = (command, device, { now }) => {
  const { secret, overlapSeconds } = command;
  const secretVersion = (device.secrets[0]?.version ?? 0) + 1;
  const previousExpiresAt = overlapSeconds > 0 ? toRfc3339(now + overlapSeconds * 1000) : null;
  const data = { ...nameOf(device), ...secret, secretVersion, previousExpiresAt };
  return ok([{ type: 'DeviceSecretReset', time: now, data }]);
};

/** The audit's trace of a secret that was shown. */
const readSecret: Decide<'ReadSecret'> = (_, device, { now }) => {
  const held = device.secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  const secretVersions = held.map(({ version }) => version);
  return ok([{ type: 'SecretRead', time: now, data: { ...nameOf(device), secretVersions } }]);
};

function sameTags(a: LiveDevice['tags'], b: LiveDevice['tags']): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

const changeDetails: Decide<'ChangeDeviceDetails'> = (command, device, { now }) => {
  const { name, tags, registrationTimeoutSeconds: timeout } = command;
  const change = {
    ...(name !== undefined && name !== device.name ? { name } : {}),
    ...(tags !== undefined && !sameTags(tags, device.tags) ? { tags } : {}),
    ...(timeout !== undefined && timeout !== device.registrationTimeoutSeconds
      ? { registrationTimeoutSeconds: timeout }
      : {}),
  };
  if (Object.keys(change).length === 0) return ok([]);
  return ok([{ type: 'DeviceDetailsChanged', time: now, data: { ...nameOf(device), ...change } }]);
};

/** A new command on a life does not compile until it is decided here. */
export const decidesOnLife: Decides<Exclude<OnLiving, UnitsCommand['type'] | 'ActivateDevice'>> = {
  DisableDevice: asked(disableDevice),
  EnableDevice: asked(enableDevice),
  ResetDevice: asked(resetDevice),
  ResetDeviceSecret: asked(resetSecret),
  ChangeDeviceDetails: asked(changeDetails),
  DeleteDevice: asked(deleteDevice),
  ExpireRegistration: reaction(expireRegistration),
  ReadSecret: asked(readSecret),
};

import { err, ok } from '@tallystick/kernel';
import type { LiveProduct } from '../product/product.types.ts';
import type { Decide, Decision } from './decision.types.ts';
import type { DeviceCommand, DeviceContext, DeviceRefusal } from './device.command.types.ts';
import { startLife } from './device.fold.ts';
import { nameOf } from './device-name.ts';
import type { DeviceEvent, DeviceState, LiveDevice } from './device.types.ts';
import { findProduct, toRegistered } from './life.decider.ts';

type Login = Extract<DeviceCommand, { type: 'ActivateDevice' }>;
type Deliver = Extract<DeviceCommand, { type: 'DeliverSecret' }>;

/**
 * Whether a login says something new: the first one, or the first since a reset. A unit's token
 * says nothing of a secret that may be fetched again.
 */
function isNews(device: LiveDevice, unit: string | null, at: number): boolean {
  if (device.activatedAt === null) return true;
  if (unit !== null && device.secrets.length > 0) return false;
  return device.dynamicOpen && device.resetAt !== null && at >= device.resetAt;
}

function isOfThisLife({ generation, deviceId }: Login, device: LiveDevice): boolean {
  return generation === device.generation && deviceId === device.deviceId;
}

/**
 * The secret of this login was replaced before it, or by one that the device was given since: its
 * session ends by itself. As an activation it would keep the device from ever fetching the secret
 * that does hold.
 */
function isSuperseded({ secretVersion, at }: Login, device: LiveDevice): boolean {
  const { secrets, secretSince, deliveredVersion } = device;
  if (secretVersion === null || secretVersion >= (secrets[0]?.version ?? 0)) return false;
  if (secrets.some(({ version }) => version === secretVersion)) return false;
  return at >= secretSince || secretVersion < (deliveredVersion ?? 0);
}

/** A gateway sees a login with a secret; how the device came by it stands here alone. */
function methodOf({ method, secretVersion }: Login, device: LiveDevice): Login['method'] {
  const used = secretVersion ?? device.secrets[0]?.version;
  return method === 'static' && used === device.deliveredVersion ? 'dynamic' : method;
}

/** The first login of all may be told of after a reset; it does not undo what that has opened. */
function order({ at }: Login, { resetAt }: LiveDevice): { readonly beforeReset?: true } {
  return resetAt !== null && at < resetAt ? { beforeReset: true } : {};
}

/**
 * With a unit's first login its slot becomes active too. A login of a unit that may no longer
 * connect changes nothing.
 */
export const activateDevice: Decide<'ActivateDevice'> = (command, device, { now }) => {
  const { dialect, clientId, gatewayId, unit: unitId } = command;
  const name = nameOf(device);
  if (!isOfThisLife(command, device) || isSuperseded(command, device)) return ok([]);
  const events: DeviceEvent[] = [];
  if (unitId !== null) {
    const state = device.units.units.find((each) => each.clientId === unitId)?.state;
    if (state !== 'pending' && state !== 'active') return ok([]);
    const data = { ...name, clientId: unitId, gatewayId };
    if (state === 'pending') events.push({ type: 'ClientIdActivated', time: now, data });
  }
  if (isNews(device, unitId, command.at)) {
    const method = methodOf(command, device);
    const data = { ...name, method, dialect, clientId, gatewayId, ...order(command, device) };
    events.push({ type: 'DeviceActivated', time: now, data });
  }
  return ok(events);
};

/** Why this device gets no secret now; null: it does. */
function barrier(device: LiveDevice, { deviceId }: Deliver): DeviceRefusal | null {
  if (deviceId !== null && deviceId !== device.deviceId) return { code: 'device-unknown' };
  if (device.disabled) return { code: 'device-disabled' };
  // One without a secret lives by its units' tokens, and there is nothing to fetch.
  const open = device.dynamicOpen && device.secrets.length > 0;
  return open ? null : { code: 'already-activated' };
}

/** Remembered once for each version: the device may ask as often as it likes. */
function delivered(device: LiveDevice, version: number, now: number): readonly DeviceEvent[] {
  if (device.deliveredVersion === version) return [];
  const data = { ...nameOf(device), secretVersions: [version], method: 'dynamic' } as const;
  return [{ type: 'SecretRead', time: now, data }];
}

/** By the product's policy the device's secret is not the one that it gets. */
function needsNewSecret(device: LiveDevice, { registers }: Deliver, product: LiveProduct): boolean {
  if (registers && product.registerRotatesSecret) return true;
  return device.resetSinceSecret && !product.resetKeepsSecret;
}

function deliver(
  device: LiveDevice,
  asked: Deliver,
  product: LiveProduct,
  { now }: DeviceContext,
): readonly DeviceEvent[] {
  const version = device.secrets[0]?.version ?? 0;
  if (!needsNewSecret(device, asked, product)) return delivered(device, version, now);
  const secretVersion = version + 1;
  const { secretId } = asked;
  const secret = { secretId, secretOrigin: 'allocated', previousExpiresAt: null } as const;
  const data = { ...nameOf(device), secretVersion, ...secret };
  return [{ type: 'DeviceSecretReset', time: now, data }, ...delivered(device, secretVersion, now)];
}

/** A life that a device begins by asking for its secret. */
function birth(command: Deliver, bornAs: string, state: DeviceState, now: number): Decision {
  const { productKey, deviceKey, secretId } = command;
  const of = { productKey, deviceKey, deviceId: bornAs, origin: 'claim' } as const;
  const secret = { secretOrigin: 'allocated', secretId } as const;
  const details = { registrationTimeoutSeconds: null, name: null, tags: {} };
  const registration = { type: 'RegisterDevice', ...of, secret, ...details } as const;
  const born = toRegistered(registration, state.generation + 1, now);
  return ok([born, ...delivered(startLife(state.tenant, born), born.data.secretVersion, now)]);
}

/** The secret of a device that may fetch it, which is then the newest; its product decides how. */
export function decideDelivery(
  command: Deliver,
  state: DeviceState,
  context: DeviceContext,
): Decision {
  const product = findProduct(command.productKey, state.tenant, context.product);
  if (product === null) return err({ code: 'product-unknown' });
  if (!product.dynamicActivation) return err({ code: 'dynamic-activation-off' });
  if (state.status === 'live') {
    const barred = barrier(state, command);
    return barred === null ? ok(deliver(state, command, product, context)) : err(barred);
  }
  const { bornAs } = command;
  return bornAs === null || !product.registrationFree || product.closing
    ? err({ code: 'device-unknown' })
    : birth(command, bornAs, state, context.now);
}

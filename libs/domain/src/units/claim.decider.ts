import { err, ok, toRfc3339 } from '@tallystick/kernel';
import type { DeviceContext, DeviceRefusal } from '../device/device.command.types.ts';
import { startLife } from '../device/device.fold.ts';
import { nameOf } from '../device/device-name.ts';
import type { Decision } from '../device/decision.types.ts';
import type { DeviceEvent, DeviceState, LiveDevice } from '../device/device.types.ts';
import { findProduct } from '../device/life.decider.ts';
import { clientOf, reportConflict } from './conflict.decider.ts';
import type { UnitsCommand } from './units.command.types.ts';

type Claim = Extract<UnitsCommand, { type: 'ClaimUnit' }>;

type Birth = Extract<DeviceEvent, { type: 'DeviceRegistered' }>;

interface Life {
  readonly device: LiveDevice;
  readonly born: readonly DeviceEvent[];
}

/** No installation lets more than five units share a name, whatever its policy says. */
const UNITS_LIMIT = 5;

function birth(claim: Claim, state: DeviceState, { now }: DeviceContext): Birth {
  const { deviceId, productKey, deviceKey } = claim;
  return {
    type: 'DeviceRegistered',
    time: now,
    data: {
      deviceId,
      productKey,
      deviceKey,
      generation: state.generation + 1,
      origin: 'claim',
      secretOrigin: 'none',
      registrationTimeoutSeconds: null,
      name: null,
      tags: {},
      secretVersion: 0,
      secretId: null,
    },
  };
}

function refuseFull(device: LiveDevice, limit: number, context: DeviceContext): Decision {
  const clientIds = device.units.units.map(clientOf);
  const conflict = { kind: 'claims', cause: 'slots-full', limit, refused: 1, clientIds } as const;
  return err({ code: 'client-slots-full', record: reportConflict(device, conflict, context) });
}

/** The conflict that a claim makes when another unit already has a slot. */
function secondUnit(device: LiveDevice, claim: Claim, limit: number, context: DeviceContext) {
  if (device.units.units.length === 0) return [];
  const seenAt = toRfc3339(context.now);
  const { clientId, gatewayId } = claim;
  const newcomer = { clientId, firstSeenAt: seenAt, lastSeenAt: seenAt, gatewayId };
  const clientIds = [...device.units.units.map(clientOf), newcomer];
  const conflict = { kind: 'claims', cause: 'second-unit', limit, refused: 0, clientIds } as const;
  return reportConflict(device, conflict, context);
}

/** Why this unit may not claim under this name now; null: it may, if a slot is free. */
function barrier(device: LiveDevice, { clientId }: Claim): DeviceRefusal | null {
  if (device.disabled) return { code: 'device-disabled' };
  if (!device.units.open) return { code: 'name-closed' };
  // ClientIDs are allocated: one that is there already stands for another unit, whatever its state.
  const taken = device.units.units.some((unit) => unit.clientId === clientId);
  return taken ? { code: 'unit-state' } : null;
}

/** The life that the claim finds, or begins. */
function lifeFor(claim: Claim, state: DeviceState, context: DeviceContext): Life {
  if (state.status === 'live') return { device: state, born: [] };
  const born = birth(claim, state, context);
  return { device: startLife(state.tenant, born), born: [born] };
}

/** A slot for a new unit, and a life for the name that has none. */
export function decideClaim(claim: Claim, state: DeviceState, context: DeviceContext): Decision {
  const product = findProduct(claim.productKey, state.tenant, context.product);
  if (product === null) return err({ code: 'product-unknown' });
  if (!product.dynamicActivation || !product.registrationFree)
    return err({ code: 'dynamic-activation-off' });
  const { device, born } = lifeFor(claim, state, context);
  if (born.length > 0 && product.closing) return err({ code: 'product-unknown' });
  const barred = barrier(device, claim);
  if (barred !== null) return err(barred);
  const limit = Math.min(product.maxUnits, UNITS_LIMIT);
  if (device.units.units.length >= limit) return refuseFull(device, limit, context);
  const { clientId, tokenHash, gatewayId, dialect } = claim;
  const data = { ...nameOf(device), clientId, tokenHash, gatewayId, dialect };
  return ok([
    ...born,
    { type: 'ClientIdClaimed', time: context.now, data },
    ...secondUnit(device, claim, limit, context),
  ]);
}

import { err, ok, toRfc3339 } from '@tallystick/kernel';
import type { DeviceContext } from '../device/device.command.types.ts';
import { evolveDevice } from '../device/device.fold.ts';
import { nameOf } from '../device/device-name.ts';
import type { Decision } from '../device/decision.types.ts';
import type { DeviceEvent, DeviceState, LiveDevice } from '../device/device.types.ts';
import { findProduct } from '../device/find-product.ts';
import { clientOf, reportConflict } from './conflict.decider.ts';
import type { UnitsCommand } from './units.command.types.ts';

type Claim = Extract<UnitsCommand, { type: 'ClaimUnit' }>;

/** No installation lets more than five units share a name, whatever its policy says. */
const UNITS_LIMIT = 5;

function birth(claim: Claim, state: DeviceState, { now }: DeviceContext): DeviceEvent {
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

/** A slot for a new unit, and a life for the name that has none. */
export function decideClaim(claim: Claim, state: DeviceState, context: DeviceContext): Decision {
  const product = findProduct(claim.productKey, state.tenant, context.product);
  if (product === null) return err({ code: 'product-unknown' });
  if (!product.dynamicActivation || !product.registrationFree)
    return err({ code: 'dynamic-activation-off' });
  const born = state.status === 'live' ? null : birth(claim, state, context);
  if (born !== null && product.closing) return err({ code: 'product-unknown' });
  const device = born === null ? state : evolveDevice(state, born);
  if (device.status === 'absent') return err({ code: 'device-unknown' });
  if (device.disabled) return err({ code: 'device-disabled' });
  if (!device.units.open) return err({ code: 'name-closed' });
  const limit = Math.min(product.maxUnits, UNITS_LIMIT);
  if (device.units.units.length >= limit) return refuseFull(device, limit, context);
  const { clientId, tokenHash, gatewayId, dialect } = claim;
  const data = { ...nameOf(device), clientId, tokenHash, gatewayId, dialect };
  return ok([
    ...(born === null ? [] : [born]),
    { type: 'ClientIdClaimed', time: context.now, data },
    ...secondUnit(device, claim, limit, context),
  ]);
}

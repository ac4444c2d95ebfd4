import type { DeviceRef, IdentityHandlers, Outcome } from '@tallystick/application';
import type { UnitDocument, UnitsDocument } from '@tallystick/contracts';
import type { LiveDevice, Unit } from '@tallystick/domain';
import { toRfc3339 } from '@tallystick/kernel';
import type { Call } from '../http/call.ts';
import { ProblemError } from '../http/problem.ts';
import type { PurgedUnit } from '../reactors/purges.ts';
import type { DeviceNames } from './device-names.ts';
import type { UnitOperations, Written } from './operations.types.ts';
import { settle } from './settle.ts';
import type { RegistryViews, UnitPresence } from './views.types.ts';

export interface UnitOperationsDeps {
  readonly handlers: IdentityHandlers;
  readonly views: RegistryViews;
  readonly names: DeviceNames;
  /** Told of every purge, to free its slot once it has reached every gateway. */
  readonly purged: (unit: PurgedUnit) => void;
}

type Command = IdentityHandlers['units']['clear'];

function toUnit(unit: Unit, presences: readonly UnitPresence[]): UnitDocument {
  const seen = presences.find(({ clientId }) => clientId === unit.clientId);
  return {
    clientId: unit.clientId,
    state: unit.state,
    claimedAt: toRfc3339(unit.claimedAt),
    firstConnectedAt:
      seen?.firstConnectedAt ?? (unit.activatedAt === null ? null : toRfc3339(unit.activatedAt)),
    lastConnectedAt: seen?.lastConnectedAt ?? null,
    connected: seen?.connected ?? false,
  };
}

function createReads({ handlers, views }: UnitOperationsDeps) {
  const document = async (device: LiveDevice): Promise<UnitsDocument> => {
    const { tenant, deviceId, productKey, units: slots } = device;
    const [product, presences] = await Promise.all([
      handlers.loading.product(productKey),
      views.unitPresence(tenant, deviceId),
    ]);
    return {
      capacity: product.state.status === 'live' ? product.state.maxUnits : 0,
      used: slots.units.length,
      open: slots.open,
      data: slots.units.map((unit) => toUnit(unit, presences)),
    };
  };
  const load = async (call: Call, { productKey, deviceKey, deviceId }: DeviceRef) => {
    const { state } = await handlers.loading.device(call.tenant, productKey, deviceKey);
    if (state.status === 'absent' || state.deviceId !== deviceId)
      throw new ProblemError('device-unknown');
    return state;
  };

  return { document, load };
}

export function createUnitOperations(deps: UnitOperationsDeps): UnitOperations {
  const {
    handlers: { units },
    views,
    names,
    purged,
  } = deps;
  const { document, load } = createReads(deps);

  const render = ({ state }: Outcome<LiveDevice, null>): Promise<UnitsDocument> => document(state);
  const change = (call: Call, deviceId: string, command: Command): Promise<Written> =>
    names.write(call, deviceId, (ref) => settle(call, (context) => command(ref, context), render));
  return {
    list: async (call, deviceId) => {
      const device = await views.findDevice(call.tenant, deviceId);
      if (device === null) throw new ProblemError('device-unknown');
      return document(await load(call, device));
    },
    switch: (call, deviceId, body) =>
      change(call, deviceId, (ref, context) => units.switch(ref, body, context)),
    clear: (call, deviceId) => change(call, deviceId, units.clear),
    undo: (call, deviceId) => change(call, deviceId, units.undo),
    reopen: (call, deviceId) => change(call, deviceId, units.reopen),
    purge: (call, deviceId, clientId) =>
      names.write(call, deviceId, (ref) =>
        settle(
          call,
          (context) => units.purge(ref, { clientId }, context),
          ({ state: { tenant, productKey, deviceKey, generation } }) => {
            purged({ tenant, productKey, deviceKey, generation, clientId });
            return null;
          },
        ),
      ),
  };
}

import type { EpochMs } from '@tallystick/kernel';
import type { DeviceEvent } from '../device/device.types.ts';
import type { Unit, UnitsState } from './units.types.ts';

export const noUnits: UnitsState = {
  open: true,
  units: [],
  undoable: null,
  undoBroken: false,
  conflictsAt: {},
};

type UnitsEventType =
  | 'ClientIdConflict'
  | 'ClientIdClaimed'
  | 'ClientIdActivated'
  | 'ClientIdReleased'
  | 'ClientIdRetained'
  | 'ClientIdsCleared'
  | 'ClientIdRestored'
  | 'ClientIdPurged'
  | 'DeviceNameReopened';

export type UnitsEvent = Extract<DeviceEvent, { type: UnitsEventType }>;

type Fold<T extends UnitsEventType> = (
  state: UnitsState,
  event: Extract<UnitsEvent, { type: T }>,
) => UnitsState;

function change(
  state: UnitsState,
  clientIds: readonly string[],
  update: (unit: Unit) => Unit,
): readonly Unit[] {
  return state.units.map((unit) => (clientIds.includes(unit.clientId) ? update(unit) : unit));
}

function forbid(state: UnitsState, forbidden: readonly string[]): UnitsState {
  const undoable = state.units.flatMap(({ clientId, state: was }) =>
    forbidden.includes(clientId) && (was === 'pending' || was === 'active')
      ? [{ clientId, state: was }]
      : [],
  );
  const units = change(state, forbidden, (unit) => ({ ...unit, state: 'forbidden' }));
  return { ...state, open: false, units, undoable, undoBroken: false };
}

function restore(state: UnitsState, clientIds: readonly string[], time: EpochMs): UnitsState {
  const before = new Map(state.undoable?.map((unit) => [unit.clientId, unit.state]));
  const units = change(state, clientIds, (unit) => ({
    ...unit,
    state: before.get(unit.clientId) ?? 'active',
    pendingSince: time,
  }));
  return { ...state, open: true, units, undoable: null, undoBroken: false };
}

const unitsFolds: { readonly [T in UnitsEventType]: Fold<T> } = {
  ClientIdConflict: (state, { time, data }) => ({
    ...state,
    conflictsAt: { ...state.conflictsAt, [`${data.kind}/${data.cause}`]: time },
  }),
  ClientIdClaimed: (state, { time, data }) => ({
    ...state,
    units: [
      ...state.units,
      {
        clientId: data.clientId,
        tokenHash: data.tokenHash,
        state: 'pending',
        claimedAt: time,
        pendingSince: time,
        gatewayId: data.gatewayId,
        activatedAt: null,
      },
    ],
  }),
  ClientIdActivated: (state, { time, data }) => ({
    ...state,
    units: change(state, [data.clientId], (unit) => ({
      ...unit,
      state: 'active',
      activatedAt: unit.activatedAt ?? time,
      gatewayId: data.gatewayId,
    })),
  }),
  ClientIdReleased: (state, { data }) => ({
    ...state,
    units: state.units.filter((unit) => unit.clientId !== data.clientId),
  }),
  ClientIdRetained: (state, { data }) => forbid(state, data.forbidden),
  ClientIdsCleared: (state, { data }) => forbid(state, data.forbidden),
  ClientIdRestored: (state, { time, data }) => restore(state, data.clientIds, time),
  ClientIdPurged: (state, { data }) => ({
    ...state,
    units: change(state, [data.clientId], (unit) => ({ ...unit, state: 'purging' })),
    undoBroken:
      state.undoBroken || (state.undoable ?? []).some((unit) => unit.clientId === data.clientId),
  }),
  DeviceNameReopened: (state) => ({ ...state, open: true }),
};

export function isOfUnits(event: DeviceEvent): event is UnitsEvent {
  return event.type in unitsFolds;
}

function foldOne<T extends UnitsEventType>(
  state: UnitsState,
  type: T,
  event: Extract<UnitsEvent, { type: T }>,
): UnitsState {
  return unitsFolds[type](state, event);
}

export function evolveUnits(state: UnitsState, event: UnitsEvent): UnitsState {
  return foldOne(state, event.type, event);
}

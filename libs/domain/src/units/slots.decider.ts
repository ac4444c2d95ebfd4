import { err, ok } from '@tallystick/kernel';
import { asked, reaction, type Decides } from '../device/decide-living.ts';
import type { Decide } from '../device/decision.types.ts';
import { nameOf } from '../device/device-name.ts';
import type { LiveDevice } from '../device/device.types.ts';
import { reportConflict } from './conflict.decider.ts';
import type { ReleaseReason, UnitsCommand } from './units.command.types.ts';
import type { Unit } from './units.types.ts';

function findUnit(device: LiveDevice, clientId: string): Unit | undefined {
  return device.units.units.find((unit) => unit.clientId === clientId);
}

/** Ids of the units that may connect now, except one. */
function admitted(device: LiveDevice, except: string | null): readonly string[] {
  return device.units.units
    .filter(({ clientId, state }) => clientId !== except && isAdmitted(state))
    .map(({ clientId }) => clientId);
}

function isAdmitted(state: Unit['state']): boolean {
  return state === 'pending' || state === 'active';
}

function mayRelease(unit: Unit, reason: ReleaseReason, now: number, pendingMs: number): boolean {
  if (reason === 'purged') return unit.state === 'purging';
  if (unit.state !== 'pending') return false;
  return reason !== 'expired' || now - unit.pendingSince >= pendingMs;
}

/**
 * Frees a slot. A reason that no longer holds (the unit has connected meanwhile, was forbidden, or
 * is gone) changes nothing.
 */
const releaseUnit: Decide<'ReleaseUnit'> = (command, device, { now, pendingMs }) => {
  const { generation, clientId, reason } = command;
  const unit = findUnit(device, clientId);
  if (generation !== device.generation || unit === undefined) return ok([]);
  if (!mayRelease(unit, reason, now, pendingMs)) return ok([]);
  const data = { ...nameOf(device), clientId, reason };
  return ok([{ type: 'ClientIdReleased', time: now, data }]);
};

/** Switch: one unit stays, every other one is forbidden and keeps its slot, the name is closed. */
const switchUnit: Decide<'SwitchUnit'> = ({ clientId }, device, { now }) => {
  const unit = findUnit(device, clientId);
  if (unit === undefined) return err({ code: 'unit-unknown' });
  if (!isAdmitted(unit.state)) return err({ code: 'unit-state' });
  const forbidden = admitted(device, clientId);
  if (forbidden.length === 0 && !device.units.open) return ok([]);
  const data = { ...nameOf(device), clientId, forbidden };
  return ok([{ type: 'ClientIdRetained', time: now, data }]);
};

/** Clear: all are forbidden and keep their slots, the name is closed. */
const clearUnits: Decide<'ClearUnits'> = (_, device, { now }) => {
  const forbidden = admitted(device, null);
  if (forbidden.length === 0 && !device.units.open) return ok([]);
  return ok([{ type: 'ClientIdsCleared', time: now, data: { ...nameOf(device), forbidden } }]);
};

/**
 * Undo of the last Switch or Clear. Refused when there is none, or once one of its units was
 * purged.
 */
const undoUnits: Decide<'UndoUnits'> = (_, device, { now }) => {
  const { undoable, undoBroken } = device.units;
  if (undoable === null || undoBroken) return err({ code: 'unit-state' });
  const clientIds = undoable.map((unit) => unit.clientId);
  return ok([{ type: 'ClientIdRestored', time: now, data: { ...nameOf(device), clientIds } }]);
};

/** Lets new claims in again; the forbidden stay forbidden. */
const reopenName: Decide<'ReopenName'> = (_, device, { now }) =>
  device.units.open
    ? ok([])
    : ok([{ type: 'DeviceNameReopened', time: now, data: nameOf(device) }]);

/**
 * Takes a unit's token away for good, in whatever state it is. Its slot is free once ReleaseUnit
 * says `purged`.
 */
const purgeUnit: Decide<'PurgeUnit'> = ({ clientId }, device, { now }) => {
  const unit = findUnit(device, clientId);
  if (unit === undefined) return err({ code: 'unit-unknown' });
  if (unit.state === 'purging') return ok([]);
  return ok([{ type: 'ClientIdPurged', time: now, data: { ...nameOf(device), clientId } }]);
};

/** Evidence of a cloned identity, once per window. */
const recordEvidence: Decide<'ReportConflict'> = (command, device, context) => {
  const { generation, kind, clientIds } = command;
  if (generation !== device.generation) return ok([]);
  const limit = context.product.status === 'live' ? context.product.maxUnits : 1;
  const conflict = { kind, cause: 'evidence', limit, refused: 0, clientIds } as const;
  return ok(reportConflict(device, conflict, context));
};

/** A new command on units does not compile until it is decided here. */
export const decidesOnUnits: Decides<Exclude<UnitsCommand['type'], 'ClaimUnit'>> = {
  ReleaseUnit: reaction(releaseUnit),
  SwitchUnit: asked(switchUnit),
  ClearUnits: asked(clearUnits),
  UndoUnits: asked(undoUnits),
  ReopenName: asked(reopenName),
  PurgeUnit: asked(purgeUnit),
  ReportConflict: reaction(recordEvidence),
};

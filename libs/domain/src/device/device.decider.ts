import { err, ok } from '@tallystick/kernel';
import { decideClaim } from '../units/claim.decider.ts';
import {
  clearUnits,
  purgeUnit,
  recordEvidence,
  releaseUnit,
  reopenName,
  switchUnit,
  undoUnits,
} from '../units/slots.decider.ts';
import type { Decide, Decision } from './decision.types.ts';
import type { DeviceCommand, DeviceContext } from './device.command.types.ts';
import type { DeviceState } from './device.types.ts';
import {
  activateDevice,
  changeDetails,
  decideRegistration,
  deleteDevice,
  disableDevice,
  enableDevice,
  expireRegistration,
  readSecret,
  resetDevice,
  resetSecret,
} from './life.decider.ts';

type OnLiving = Exclude<DeviceCommand['type'], 'RegisterDevice' | 'ClaimUnit'>;

const decides: { readonly [T in OnLiving]: Decide<T> } = {
  ActivateDevice: activateDevice,
  DisableDevice: disableDevice,
  EnableDevice: enableDevice,
  ResetDevice: resetDevice,
  ResetDeviceSecret: resetSecret,
  ChangeDeviceDetails: changeDetails,
  DeleteDevice: deleteDevice,
  ExpireRegistration: expireRegistration,
  ReadSecret: readSecret,
  ReleaseUnit: releaseUnit,
  SwitchUnit: switchUnit,
  ClearUnits: clearUnits,
  UndoUnits: undoUnits,
  ReopenName: reopenName,
  PurgeUnit: purgeUnit,
  ReportConflict: recordEvidence,
};

/** Commands that follow something that happened: a life that is over makes them void, not wrong. */
const REACTIONS: readonly string[] = [
  'ActivateDevice',
  'ExpireRegistration',
  'ReleaseUnit',
  'ReportConflict',
];

/**
 * What a command makes of a device key: events (none when it changes nothing), or the reason why
 * not. Never throws.
 */
export function decideDevice(
  command: DeviceCommand,
  state: DeviceState,
  context: DeviceContext,
): Decision {
  if (command.type === 'RegisterDevice') return decideRegistration(command, state, context);
  if (command.type === 'ClaimUnit') return decideClaim(command, state, context);
  if (state.status === 'absent')
    return REACTIONS.includes(command.type) ? ok([]) : err({ code: 'device-unknown' });
  const decide = decides[command.type] as Decide<OnLiving>;
  return decide(command as never, state, context);
}

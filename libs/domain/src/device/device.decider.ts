import { err, ok } from '@tallystick/kernel';
import { decideClaim } from '../units/claim.decider.ts';
import { decidesOnUnits } from '../units/slots.decider.ts';
import { activateDevice, decideDelivery } from './activation.decider.ts';
import { reaction } from './decide-living.ts';
import type { Decides, OnLiving } from './decide-living.ts';
import type { Decision } from './decision.types.ts';
import type { DeviceCommand, DeviceContext } from './device.command.types.ts';
import type { DeviceState, LiveDevice } from './device.types.ts';
import { decideRegistration, decidesOnLife } from './life.decider.ts';

const decides: Decides<OnLiving> = {
  ...decidesOnLife,
  ...decidesOnUnits,
  ActivateDevice: reaction(activateDevice),
};

function decideOne<T extends OnLiving>(
  type: T,
  command: Extract<DeviceCommand, { type: T }>,
  device: LiveDevice,
  context: DeviceContext,
): Decision {
  return decides[type].decide(command, device, context);
}

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
  if (command.type === 'DeliverSecret') return decideDelivery(command, state, context);
  if (command.type === 'ClaimUnit') return decideClaim(command, state, context);
  if (state.status === 'absent')
    return decides[command.type].onceOver === 'void' ? ok([]) : err({ code: 'device-unknown' });
  return decideOne(command.type, command, state, context);
}

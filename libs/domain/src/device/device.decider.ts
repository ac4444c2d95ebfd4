import { err, ok } from '@tallystick/kernel';
import { decideClaim } from '../units/claim.decider.ts';
import { decidesOnUnits } from '../units/slots.decider.ts';
import type { Decides, OnLiving } from './decide-living.ts';
import type { Decide, Decision } from './decision.types.ts';
import type { DeviceCommand, DeviceContext } from './device.command.types.ts';
import type { DeviceState } from './device.types.ts';
import { decideRegistration, decidesOnLife } from './life.decider.ts';

const decides: Decides<OnLiving> = { ...decidesOnLife, ...decidesOnUnits };

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
  const { decide, onceOver } = decides[command.type];
  if (state.status === 'absent')
    return onceOver === 'void' ? ok([]) : err({ code: 'device-unknown' });
  return (decide as Decide<OnLiving>)(command as never, state, context);
}

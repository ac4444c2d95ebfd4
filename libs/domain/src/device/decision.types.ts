import type { Result } from '@tallystick/kernel';
import type { DeviceCommand, DeviceContext, DeviceRefusal } from './device.command.types.ts';
import type { DeviceEvent, LiveDevice } from './device.types.ts';

export type Decision = Result<readonly DeviceEvent[], DeviceRefusal>;

/** Decides one command on a living device. */
export type Decide<T extends DeviceCommand['type']> = (
  command: Extract<DeviceCommand, { type: T }>,
  device: LiveDevice,
  context: DeviceContext,
) => Decision;

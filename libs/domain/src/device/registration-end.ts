import type { EpochMs } from '@tallystick/kernel';
import type { LiveDevice } from './device.types.ts';

/**
 * When the registration of a device runs out that nobody has activated; null: never. Counted from
 * the registration, whenever the time was set. A disabled device is kept as it is, or its key would
 * be free for whom the operator has barred.
 */
export function registrationEndsAt(
  device: Pick<
    LiveDevice,
    'registrationTimeoutSeconds' | 'registeredAt' | 'activatedAt' | 'disabled'
  >,
): EpochMs | null {
  const { registrationTimeoutSeconds: timeout, registeredAt, activatedAt, disabled } = device;
  if (timeout === null || timeout <= 0 || activatedAt !== null || disabled) return null;
  return registeredAt + timeout * 1000;
}

import type { DeviceName } from '@tallystick/domain';
import type { StoredEvent } from '@tallystick/ports';

/** Which life has the name; null: none. */
export interface Reservation {
  readonly holder: DeviceName | null;
  readonly revision: number;
}

export type Holder = Pick<Reservation, 'holder'>;

/** null: an event that no such stream has. */
export function toHolder({ type, data }: StoredEvent): Holder | null {
  if (type === 'DeviceIdReleased' || type === 'DeviceKeyReleased') return { holder: null };
  if (type !== 'DeviceIdReserved' && type !== 'DeviceKeyReserved') return null;
  // As toNewEvents wrote it.
  return { holder: data as unknown as DeviceName };
}

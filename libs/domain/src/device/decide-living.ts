import type { Decide } from './decision.types.ts';
import type { DeviceCommand } from './device.command.types.ts';

/** Commands on a device that lives; the others may begin a life. */
export type OnLiving = Exclude<
  DeviceCommand['type'],
  'RegisterDevice' | 'ClaimUnit' | 'DeliverSecret'
>;

/** How a command is decided, and what becomes of it once the life is over. */
interface DecideLiving<T extends OnLiving> {
  readonly decide: Decide<T>;
  /** `refused`: somebody asked for it. `void`: it follows something that happened. */
  readonly onceOver: 'refused' | 'void';
}

export type Decides<T extends OnLiving> = { readonly [Type in T]: DecideLiving<Type> };

/** A command that somebody gave. */
export function asked<T extends OnLiving>(decide: Decide<T>): DecideLiving<T> {
  return { decide, onceOver: 'refused' };
}

/** A command that follows something that happened: a life that is over makes it void, not wrong. */
export function reaction<T extends OnLiving>(decide: Decide<T>): DecideLiving<T> {
  return { decide, onceOver: 'void' };
}

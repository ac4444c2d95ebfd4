import type { DeviceIdentity } from '../gateway.types.ts';

/**
 * Decisions on admissions, to be told once their devices were answered. Where a socket dies before,
 * nothing is told.
 */
export class ToldLater {
  readonly #tell = new WeakMap<DeviceIdentity, () => void>();

  add(identity: DeviceIdentity, tell: () => void): void {
    this.#tell.set(identity, tell);
  }

  /** Its device has got its answer; told once. */
  answered(identity: DeviceIdentity): void {
    this.#tell.get(identity)?.();
    this.#tell.delete(identity);
  }
}

import type { DeviceAuthority, DeviceListener } from '@tallystick/ports';

export interface SpecClaim {
  readonly username: string;
  readonly password?: string;
}

/** A device on the adapter's own wire. */
export interface SpecDevice {
  /** What it was answered; pending until it was. `gone`: nothing before it was disconnected. */
  readonly answer: Promise<'admitted' | 'refused' | 'gone'>;
  /** What it has been sent, as `topic text`. */
  readonly received: readonly string[];
  /** How many of its messages were acknowledged. */
  readonly acknowledged: number;
  readonly closed: boolean;
  /** Publishes so that it is acknowledged. */
  publish(topic: string, text: string): void;
  /** Takes its leave as its protocol has it. */
  leave(): void;
  /** Is gone without a word. */
  vanish(): void;
}

export interface DeviceListenerHarness {
  /** On a free port of the loopback, its second short enough to be waited for. */
  readonly listen: (authority: DeviceAuthority<string, string>) => Promise<DeviceListener>;
  /** Resolves when the device's claim is on its way. */
  readonly connect: (port: number, claim: SpecClaim) => Promise<SpecDevice>;
}

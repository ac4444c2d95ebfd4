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
  /** Resolves when it was granted; only without `subscriptions` in `lacks` is it called. */
  subscribe(filter: string): Promise<void>;
  /** Takes its leave as its protocol has it. */
  leave(): void;
  /** Is gone without a word. */
  vanish(): void;
}

/**
 * What a protocol has not got, so that its listener need not do it: `downlink`, nothing is sent to
 * its devices (`send` is false); `subscriptions`, they ask for nothing; `connection`, a session is
 * none: a device neither leaves nor vanishes, and a message that is not taken is answered and ends
 * nothing.
 */
export type Lack = 'downlink' | 'subscriptions' | 'connection';

export interface DeviceListenerHarness {
  /** Absent: nothing. */
  readonly lacks?: readonly Lack[];
  /** On a free port of the loopback, its second short enough to be waited for. */
  readonly listen: (authority: DeviceAuthority<string, string>) => Promise<DeviceListener<string>>;
  /** Resolves when the device's claim is on its way. */
  readonly connect: (port: number, claim: SpecClaim) => Promise<SpecDevice>;
}

import type { EventBus } from '@tallystick/ports';

export interface EventBusHarness {
  /** Partition count of a topic that asks for the default. */
  readonly partitions: number;
  open(): Promise<EventBus>;
  dispose(): Promise<void>;
}
